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

# One call for all: most of the time goes into starting it.
set -- src/*/*.[ch] tests/*/*.[ch]
failed=0
if ! said=$("${CLANG_FORMAT:-clang-format-14}" --dry-run -Werror "$@" 2>&1); then
  printf '%s\n' "$said"
  failed=$(printf '%s\n' "$said" |
    sed -n 's/^\([^: ]*\):[0-9]*:[0-9]*: error: .*/\1/p' | sort -u | wc -l)
  [ "$failed" -gt 0 ] || failed=1
fi
passed=$(($# - failed))
echo "lint_format: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
