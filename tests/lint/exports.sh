#!/bin/sh
# SPDX-License-Identifier: MIT
# The plugin shares its host's name space: it shows module_register and
# nothing else.
set -u
# shellcheck disable=SC2086 # a command and its options
shown=$(${NM:-nm} -D --defined-only "${builddir:?}/.libs/incident.so" |
  sed 's/.* //') || exit 99
if [ "$shown" = module_register ]; then
  echo "lint_exports: 1 passed, 0 failed"
  exit 0
fi
echo "the plugin exports: $shown"
echo "lint_exports: 0 passed, 1 failed"
exit 1
