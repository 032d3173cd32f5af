dnl SPDX-License-Identifier: MIT

dnl INCIDENT_CC_FLAGS(VARIABLE, FLAGS)
dnl Appends to VARIABLE those of FLAGS that the compiler takes. The user's own
dnl CFLAGS stay as they were.
AC_DEFUN([INCIDENT_CC_FLAGS], [
  for incident_flag in m4_normalize([$2]); do
    incident_saved_CFLAGS=$CFLAGS
    dnl An unknown flag is only a warning to some compilers.
    CFLAGS="$CFLAGS -Werror $incident_flag"
    AC_MSG_CHECKING([whether $CC takes $incident_flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes])
       AS_VAR_APPEND([$1], [" $incident_flag"])],
      [AC_MSG_RESULT([no])])
    CFLAGS=$incident_saved_CFLAGS
  done
  AC_SUBST([$1])])

dnl INCIDENT_SANITIZE(no|address|thread)
dnl Sets SANITIZE_CFLAGS, and SANITIZE_PRELOAD: the runtime that a daemon built
dnl without it has to preload before it can load our plugin.
AC_DEFUN([INCIDENT_SANITIZE], [
  SANITIZE_CFLAGS=
  SANITIZE_PRELOAD=
  AS_CASE([$1],
    [no], [],
    [address],
      [SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
       incident_runtime=libasan.so],
    [thread],
      [SANITIZE_CFLAGS="-fsanitize=thread -fno-omit-frame-pointer"
       incident_runtime=libtsan.so],
    [AC_MSG_ERROR([--enable-sanitize takes address or thread, not $1])])
  AS_IF([test -n "$SANITIZE_CFLAGS"], [
    incident_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
    AC_MSG_CHECKING([whether $CC links with $SANITIZE_CFLAGS])
    AC_LINK_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([$CC has no runtime for --enable-sanitize=$1])])
    CFLAGS=$incident_saved_CFLAGS
    SANITIZE_PRELOAD=`$CC -print-file-name=$incident_runtime`
  ])
  AC_SUBST([SANITIZE_CFLAGS])
  AC_SUBST([SANITIZE_PRELOAD])])
