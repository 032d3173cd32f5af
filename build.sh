#!/bin/sh
# SPDX-License-Identifier: MIT
# The one entry for people and for CI; see usage below.
set -u

usage() {
  cat <<'END'
usage: ./build.sh            install what Debian packages are missing (as root;
                             otherwise say which), configure and build in build/
       ./build.sh demo       build, then show the main job in under a minute
       ./build.sh check      build in build-check/ and pass every test
       ./build.sh sanitize   the tests under ASan and UBSan, then under TSan
       ./build.sh bench      measure; writes BENCHMARKS.md
       ./build.sh clean      remove the build directories
END
}

cd "$(dirname "$0")" || exit 1
top=$(pwd)
jobs=$(nproc 2>/dev/null || echo 2)

say() {
  printf '\n==> %s\n' "$*"
}

# ---- packages ----

has_package() {
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Installs those of the named packages that are missing. libcurl's two flavours
# exclude each other; whichever is there is good.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian; configure will say what is missing."
    return 0
  fi
  missing=
  for package in "$@"; do
    if [ "$package" = libcurl4-gnutls-dev ] &&
      has_package libcurl4-openssl-dev; then
      continue
    fi
    has_package "$package" || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  install="apt-get install --no-install-recommends -y$missing"
  if [ "$(id -u)" -ne 0 ]; then
    echo "Packages are missing. As root, run"
    echo "  apt-get update && $install"
    echo "and then this again."
    return 1
  fi
  say "$install"
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  apt-get update && $install
}

build_packages="gcc make libc6-dev autoconf automake libtool pkg-config
  collectd-core collectd-dev libcurl4-gnutls-dev libyajl-dev libsqlite3-dev
  libssl-dev libical-dev"
check_packages="clang-format-14 mandoc tzdata"

# ---- building ----

# build DIR CONFIGURE-OPTION...
build() {
  dir=$1
  shift
  if [ ! -x configure ] || [ ! -f Makefile.in ]; then
    say "autoreconf"
    autoreconf -i || return 1
  fi
  mkdir -p "$dir" || return 1
  # The stock daemon looks for plugins in one place, whatever our prefix is.
  set -- --localstatedir=/var --with-collectd-plugindir=/usr/lib/collectd "$@"
  if [ ! -f "$dir/Makefile" ] ||
    [ "$(cat "$dir/options" 2>/dev/null)" != "$*" ]; then
    say "configure $* (in $dir)"
    (cd "$dir" && "$top/configure" --quiet "$@") || return 1
    echo "$*" >"$dir/options"
  fi
  say "make (in $dir)"
  make -C "$dir" -j"$jobs" --no-print-directory
}

# ---- testing ----

# One line "PASSED FAILED" for each test that ran in DIR. A test that says no
# figures counts as one; a skipped or stopped one has failed whatever it said.
figures() {
  find "$1/tests" -name '*.trs' | sort | while read -r trs; do
    log=${trs%.trs}.log
    result=$(sed -n 's/^:global-test-result: //p' "$trs")
    said=$(sed -n 's/^[a-z0-9_.]*: \([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' \
      "$log" | tail -n 1)
    case "$result $said" in
    "PASS ") echo 1 0 ;;
    "PASS "*) echo "$said" ;;
    *" "*" 0") echo "${said% 0} 1" ;;
    *" "?*) echo "$said" ;;
    *) echo 0 1 ;;
    esac
    if [ "$result" != PASS ]; then
      say "$result: $log" >&2
      tail -n 60 "$log" >&2
    fi
  done
}

# Builds and runs the tests; adds to $passed and $failed.
# run_tests DIR CONFIGURE-OPTION...
run_tests() {
  mkdir -p "$1" || return 1
  find "$1" -name '*.trs' -exec rm -f {} +
  echo 1 >"$1/status"
  # Shown as it goes, and kept to look for warnings.
  {
    build "$@" && {
      say "make check (in $1)"
      ${runner-} make -C "$1" -j"$jobs" -k --no-print-directory check
    }
    echo $? >"$1/status"
  } 2>&1 | tee "$1/output"

  # shellcheck disable=SC2046 # two figures
  set -- "$1" $(figures "$1" | awk '{ p += $1; f += $2 } END { print p+0, f+0 }')
  if [ "$(cat "$1/status")" != 0 ] && [ "$3" -eq 0 ]; then
    say "the build in $1 failed"
    failed=$((failed + 1))
  fi
  if grep -n 'warning:' "$1/output"; then
    say "warnings are failures"
    failed=$((failed + 1))
  fi
  passed=$((passed + $2))
  failed=$((failed + $3))
}

verdict() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

passed=0
failed=0
# shellcheck disable=SC2086 # lists of words
case ${1-} in
"")
  need_packages $build_packages && build build
  ;;
demo)
  need_packages $build_packages && build build &&
    make -C build --no-print-directory tests/play/hookprint || exit 1
  . tests/demo/demo.sh
  demo "$top/build"
  ;;
check)
  if need_packages $build_packages $check_packages; then
    run_tests build-check --enable-werror
  else
    failed=1
  fi
  verdict
  ;;
sanitize)
  need_packages $build_packages $check_packages || exit 1
  run_tests build-asan --enable-werror --enable-sanitize=address
  # TSan wants its memory where address randomisation may put something else.
  runner="setarch $(uname -m) -R"
  $runner true 2>/dev/null || runner=
  TSAN_OPTIONS="suppressions=$top/tests/tsan.supp"
  export TSAN_OPTIONS
  run_tests build-tsan --enable-werror --enable-sanitize=thread
  verdict
  ;;
bench)
  need_packages $build_packages && build build || exit 1
  make -C build -j"$jobs" --no-print-directory bench
  status=$?
  [ -s build/benchmarks.md ] && cp build/benchmarks.md BENCHMARKS.md
  exit "$status"
  ;;
clean)
  rm -rf build build-check build-asan build-tsan
  ;;
*)
  usage >&2
  exit 2
  ;;
esac
