#!/bin/sh
# SPDX-License-Identifier: MIT
# The rooms of src/ include downwards only, door > engine > {core, ledger} >
# base (ledger may include core, core never ledger), and what comes from
# outside has one place each.
set -u
cd "${srcdir:?}" || exit 99
passed=0
failed=0

for file in src/*/*.[ch]; do
  room=${file#src/}
  room=${room%%/*}
  found=$(awk -v file="$file" -v room="$room" '
    function bad(why) { print file ":" FNR ": " why ": " $0 }
    BEGIN {
      below["base"] = " base "
      below["core"] = " core base "
      below["ledger"] = " ledger core base "
      below["engine"] = " engine ledger core base "
      below["door"] = " door engine ledger core base "
      is_door_collectd = file ~ /^src\/door\/door_collectd[a-z_]*\.[ch]$/
      if (!(room in below))
        print file ": no such room: " room
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
      name = $0
      sub(/^[^"]*"/, "", name)
      sub(/".*/, "", name)
      if (name == "build_config.h") {
        if (file ~ /\.h$/)
          bad("no header includes build_config.h")
        if (is_door_collectd)
          bad("its macros clash with those of collectd")
      } else if (name ~ /^(daemon|utils|collectd|liboconfig)\// ||
                 name ~ /^(collectd|plugin|config)\.h$/) {
        if (!is_door_collectd)
          bad("collectd is met in door_collectd* only")
      } else {
        to = name
        if (!sub(/\/.*/, "", to))
          bad("write the room: \"" room "/" name "\"")
        else if (index(below[room], " " to " ") == 0)
          bad(room " does not include " to)
        else if (name ~ /^door\/door_collectd/ && !is_door_collectd)
          bad("collectd is met in door_collectd* only")
      }
    }
    /^[ \t]*#[ \t]*include[ \t]*</ {
      if (/<sqlite3/ && room != "ledger")
        bad("sqlite3 is met in ledger only")
      if (/<curl\// && file !~ /^src\/engine\/courier[a-z_]*\.c$/)
        bad("libcurl is met in engine/courier*.c only")
      if (/<libical\// && file != "src/core/calendar_rule.c")
        bad("libical is met in core/calendar_rule.c only")
      if (/<yajl\// && file !~ /^src\/base\/json[a-z_]*\.c$/)
        bad("yajl is met in base/json*.c only")
      if (/<(collectd|daemon|liboconfig)\// && !is_door_collectd)
        bad("collectd is met in door_collectd* only")
    }' "$file") || exit 99
  if [ -z "$found" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\n' "$found"
  fi
done
echo "lint_layers: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
