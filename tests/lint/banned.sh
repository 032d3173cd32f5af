#!/bin/sh
# SPDX-License-Identifier: MIT
# Calls that the product does not make, each with what to use instead. The
# plugin is a guest: nothing in it may end, stop or redirect its host.
set -u
cd "${srcdir:?}" || exit 99
passed=0
failed=0

for file in src/*/*.[ch]; do
  found=$(awk -v file="$file" '
    function ban(names, instead,   list, n, i) {
      n = split(names, list, " ")
      for (i = 1; i <= n; i++)
        use[list[i]] = instead
    }
    BEGIN {
      ban("sprintf vsprintf", "buf_printf or snprintf")
      ban("strcpy strcat stpcpy strncpy strncat gets", "buf_* or text_*")
      ban("strtok strtok_r", "strcspn and strspn")
      ban("atoi atol atoll atof", "strtoll or strtod, with all errors looked at")
      ban("localtime gmtime ctime asctime", "localtime_r or gmtime_r")
      ban("sleep usleep", "wait for what should happen, with a deadline")
      ban("alloca strdupa strndupa", "malloc: a size from outside is no size for the stack")
      ban("system popen fork vfork execv execve execvp execl execlp posix_spawn", "nothing: SIGCHLD is ignored in the daemon, and it is not ours to fork")
      ban("exit _exit _Exit quick_exit abort assert atexit raise kill", "an enum err: the host never dies of us")
      ban("signal sigaction sigprocmask", "nothing: signals belong to the host")
      if (file !~ /^src\/door\/(door_)?ctl/) # a process of its own
        ban("setlocale uselocale tzset", "nothing: the locale belongs to the host")
      ban("setenv putenv unsetenv", "nothing: the environment belongs to the host")
      ban("chdir fchdir umask", "nothing: they belong to the whole process")
      if (file != "src/base/clock.c")
        ban("time gettimeofday clock_gettime clock ftime timespec_get", "struct clock (base/clock.h)")
    }
    # Leaves code only: comments and the insides of literals are taken out.
    function code(line,   out, i, c, two) {
      out = ""
      for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
          if (two == "*/") { in_comment = 0; i++ }
        } else if (quote != "") {
          if (c == "\\") i++
          else if (c == quote) { quote = ""; out = out c }
        } else if (two == "/*") { in_comment = 1; i++; out = out " " }
        else if (two == "//") break
        else {
          if (c == "\"" || c == "\047") quote = c
          out = out c
        }
      }
      if (quote != "" && line !~ /\\$/) quote = ""
      return out
    }
    {
      rest = code($0)
      while (match(rest, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
        before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
        name = substr(rest, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", name)
        # x.time(...) and x->time(...) are members, not the function.
        if (name in use && before != "." && before != ">" &&
            before !~ /[A-Za-z_0-9]/)
          print file ":" FNR ": " name ": use " use[name]
        rest = substr(rest, RSTART + RLENGTH)
      }
    }' "$file") || exit 99
  if [ -z "$found" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\n' "$found"
  fi
done
echo "lint_banned: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
