# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The main job before one's eyes; build.sh sources this. A collectd of our own,
# in a directory of its own, as whoever runs it: nothing of the system's is
# touched, and at the end nothing is left.

demo_heading() {
  if [ -t 1 ]; then
    printf '\n\033[1m%s\033[0m\n' "$*"
  else
    printf '\n== %s\n' "$*"
  fi
}

demo_show() {
  printf '$ incidentctl %s\n' "$*"
  demo_ctl "$@"
}

demo_ctl() {
  "$demo_build/incidentctl" --ledger "$demo_dir/incident.db" "$@"
}

# demo_wait SECONDS WHAT COMMAND...: tries COMMAND until it succeeds
demo_wait() {
  demo_tries=$(($1 * 10))
  demo_what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    demo_tries=$((demo_tries - 1))
    if [ "$demo_tries" -le 0 ]; then
      echo "demo: waited in vain for $demo_what; collectd said:" >&2
      cat "$demo_dir/collectd.out" "$demo_dir/collectd.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# demo_paged EVENT WEBHOOK: is there such a page, delivered?
demo_paged() {
  demo_ctl show 1 --pages --json | tr -d '\n' | tr '{' '\n' |
    grep "\"event\": *\"$1\"" | grep "\"webhook\": *\"$2\"" |
    grep -q '"state": *"delivered"'
}

# demo_configure BYTES: memory in use above that is a failure
demo_configure() {
  cat >"$demo_dir/collectd.conf" <<END
Hostname "$(uname -n)"
FQDNLookup false
BaseDir "$demo_dir"
PIDFile "$demo_dir/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
PluginDir "/usr/lib/collectd"
Interval 1

LoadPlugin logfile
<Plugin logfile>
  LogLevel "notice"
  File "$demo_dir/collectd.log"
</Plugin>
LoadPlugin memory
LoadPlugin threshold
<Plugin threshold>
  <Plugin "memory">
    <Type "memory">
      Instance "used"
      FailureMax $1
    </Type>
  </Plugin>
</Plugin>

PluginDir "$demo_build/.libs"
LoadPlugin incident
<Plugin incident>
  Ledger "$demo_dir/incident.db"
  <Webhook "alice-phone">
    URL "http://127.0.0.1:$demo_port/alice"
  </Webhook>
  <Webhook "bob-phone">
    URL "http://127.0.0.1:$demo_port/bob"
  </Webhook>
  <Responder "alice">
    Webhook "alice-phone"
  </Responder>
  <Responder "bob">
    Webhook "bob-phone"
  </Responder>
  <Chain "ops">
    <Step>
      Responder "alice"
      Wait "4s"
    </Step>
    <Step>
      Responder "bob"
      Wait "30s"
    </Step>
  </Chain>
  <Rule "memory-low">
    <Match>
      Plugin "memory"
    </Match>
    Clear "2s"
    Severity "SEV-2"
    Title "Memory is running out on %{host}"
    Runbook "https://wiki.example.com/memory"
    Chain "ops"
  </Rule>
</Plugin>
END
}

demo_start() {
  "$demo_daemon" -f -C "$demo_dir/collectd.conf" >>"$demo_dir/collectd.out" \
    2>&1 &
  demo_collectd=$!
}

# demo_stop PID: ends a child of ours and waits for it. A signal between fork
# and exec is lost on it, so there is a second one.
demo_stop() {
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null
  (sleep 1 && kill "$1") 2>/dev/null &
  wait "$1" 2>/dev/null
  kill "$!" 2>/dev/null
}

demo_clean_up() {
  demo_stop "$demo_collectd"
  demo_stop "$demo_receiver"
  rm -rf "$demo_dir"
}

# demo BUILD-DIRECTORY
demo() {
  demo_build=$1
  demo_collectd=
  demo_receiver=
  demo_daemon=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v collectd) || {
    echo "demo: there is no collectd" >&2
    return 1
  }
  demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/incident-demo.XXXXXX") || return 1
  trap demo_clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP PIPE

  demo_heading "Two phones: a small webhook receiver that prints what it gets"
  "$demo_build/tests/play/hookprint" "$demo_dir/port" &
  demo_receiver=$!
  demo_wait 5 "the receiver" test -s "$demo_dir/port"
  demo_port=$(cat "$demo_dir/port")
  echo "http://127.0.0.1:$demo_port/alice and /bob"

  demo_heading "A private collectd: memory in use above 1 MiB is a failure"
  demo_configure 1048576
  demo_start
  echo "collectd -f, memory every second; pages go to alice, 4 s later to bob"
  demo_wait 15 "the first page" demo_paged incident.page alice-phone

  demo_heading "The incident is in the ledger, and alice was paged"
  demo_show list

  demo_heading "alice does not answer; after 4 s the second step pages bob"
  demo_wait 15 "the second page" demo_paged incident.page bob-phone

  demo_heading "bob takes it; alice hears that she can go back to sleep"
  demo_show ack 1 --by bob
  demo_wait 5 "the update" demo_paged incident.update alice-phone

  demo_heading "The threshold goes to 1 EiB and collectd is started anew"
  demo_stop "$demo_collectd"
  demo_configure 1152921504606846976
  demo_start
  echo "the incident outlives the daemon; memory has to be well for 2 s"
  demo_wait 15 "the recovery" demo_paged incident.resolved alice-phone
  demo_wait 5 "the recovery" demo_paged incident.resolved bob-phone

  demo_heading "What happened"
  demo_show show 1

  demo_stop "$demo_collectd"
  demo_collectd=
  demo_heading "That was it; $demo_dir is removed"
}
