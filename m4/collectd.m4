dnl SPDX-License-Identifier: MIT

dnl INCIDENT_COLLECTD
dnl Sets COLLECTD_CPPFLAGS and pluginexecdir. collectd has no .pc file, and what
dnl distributions ship of its headers differs, so they are tried by compiling.
AC_DEFUN([INCIDENT_COLLECTD], [
  AC_ARG_WITH([collectd-headers],
    [AS_HELP_STRING([--with-collectd-headers=DIR],
      [where core/daemon/plugin.h (installed) or src/daemon/plugin.h (a
       configured source tree) is @<:@/usr/include/collectd@:>@])],
    [], [with_collectd_headers=/usr/include/collectd])
  AC_ARG_WITH([collectd-plugindir],
    [AS_HELP_STRING([--with-collectd-plugindir=DIR],
      [where the daemon looks for plugins @<:@PREFIX/lib/collectd@:>@])],
    [], [with_collectd_plugindir='${prefix}/lib/collectd'])

  incident_dir=$with_collectd_headers
  AC_MSG_CHECKING([for collectd's headers])
  COLLECTD_CPPFLAGS=
  incident_saved_CPPFLAGS=$CPPFLAGS
  dnl Without HAVE_CONFIG_H the headers compile too, but with other macros. The
  dnl upper directory is for Debian's headers, which include
  dnl collectd/core/config.h, and comes last: it may be /usr/include.
  for incident_try in \
    "-I$incident_dir -I$incident_dir/core -idirafter $incident_dir/.." \
    "-I$incident_dir/src -I$incident_dir/src/daemon"
  do
    CPPFLAGS="$incident_saved_CPPFLAGS $incident_try -DHAVE_CONFIG_H=1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#undef PACKAGE_NAME
#undef PACKAGE_TARNAME
#undef PACKAGE_VERSION
#undef PACKAGE_STRING
#undef PACKAGE_BUGREPORT
#undef PACKAGE_URL
#undef PACKAGE
#undef VERSION
#include "daemon/collectd.h"
#include "daemon/plugin.h"
#include "liboconfig/oconfig.h"
      ]], [[
notification_t n = {NOTIF_FAILURE};
oconfig_item_t ci = {0};
return plugin_dispatch_notification(&n) + ci.values_num;
      ]])],
      [COLLECTD_CPPFLAGS="$incident_try -DHAVE_CONFIG_H=1"])
    CPPFLAGS=$incident_saved_CPPFLAGS
    test -n "$COLLECTD_CPPFLAGS" && break
  done
  AS_IF([test -n "$COLLECTD_CPPFLAGS"],
    [AC_MSG_RESULT([$incident_dir])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([collectd's headers are missing. Debian: apt-get install collectd-dev. Elsewhere: --with-collectd-headers=DIR])])

  collectd_plugindir=$with_collectd_plugindir
  dnl "exec" in the name makes automake install it with the programs, so that
  dnl install-exec-hook runs after it.
  pluginexecdir=$collectd_plugindir
  COLLECTD_HEADERS=$with_collectd_headers
  AC_SUBST([COLLECTD_CPPFLAGS])
  AC_SUBST([COLLECTD_HEADERS])
  AC_SUBST([pluginexecdir])])
