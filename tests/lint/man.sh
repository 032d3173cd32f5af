#!/bin/sh
# SPDX-License-Identifier: MIT
# Man pages are free of what mandoc warns about.
set -u
cd "${srcdir:?}" || exit 99
if ! command -v "${MANDOC:-mandoc}" >/dev/null; then
  echo "mandoc is missing. Debian: apt-get install mandoc"
  exit 77
fi

passed=0
failed=0
for page in man/*.[1-8]; do
  if "${MANDOC:-mandoc}" -T lint -W warning "$page"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo "lint_man: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
