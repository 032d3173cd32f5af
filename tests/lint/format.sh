#!/bin/sh
# SPDX-License-Identifier: MIT
# Sources are as clang-format 14 leaves them; other versions break lines in
# other places, so they are not asked.
set -u
cd "${srcdir:?}" || exit 99
case $("${CLANG_FORMAT:-clang-format-14}" --version 2>/dev/null) in
*"version 14."*) ;;
*)
  echo "clang-format 14 is missing. Debian: apt-get install clang-format-14"
  exit 77
  ;;
esac

passed=0
failed=0
for file in src/*/*.[ch] tests/*/*.[ch]; do
  [ -e "$file" ] || continue
  if "${CLANG_FORMAT:-clang-format-14}" --dry-run -Werror "$file"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo "lint_format: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
