#!/bin/sh
# SPDX-License-Identifier: MIT
# A test that Makefile.am does not name is never run.
cd "${srcdir:-.}" || exit 99
passed=0
failed=0
for file in tests/play/*.play tests/unit/t_*.c tests/crash/t_*.c \
  tests/fuzz/fuzz_*.c tests/lint/*.sh; do
  if grep -q "^  ${file%.c}\( \|$\)" Makefile.am; then
    passed=$((passed + 1))
  else
    echo "$file: Makefile.am does not name it"
    failed=$((failed + 1))
  fi
done
echo "lint_listed: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
