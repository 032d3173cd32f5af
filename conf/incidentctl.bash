# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of incidentctl(1) for bash. Names come from `incidentctl names`;
# they are compared and quoted, and never evaluated.

# Sets options and arguments to what the command takes, by its first argument
# if that is an action. Behind "=" and for each argument stands what completes
# it: "KIND ... :WORD ...", where a KIND is one of `incidentctl names`, or
# FIELD=KIND for words like rule=disk-full; or "files"; or nothing. "=?": the
# value may be left out. "..." behind the last argument: more of these.
_incidentctl_spec() {
  local fields="host= plugin= plugin_instance= type= type_instance=
    data_source= level= message= meta:"
  options=()
  arguments=()
  case $1 in
  "" | help)
    arguments=(":status list show ack unack snooze escalate page resolve reopen
      severity set edit note flag unflag amend decide can fix role task impact
      link count team update release relate merge oncall who declare silence
      postmortem report guide checklist doctor export forget prune check reload
      explain test verify names help")
    ;;
  status) options=(--watch=? --changes) ;;
  list)
    options=(--open --all --status=statuses --severity=severities --rule=rules
      --since= --search= --private --field=fields)
    ;;
  show)
    options=(--timeline --pages --evidence)
    arguments=(incidents)
    ;;
  ack)
    options=(--all)
    arguments=(incidents...)
    ;;
  snooze)
    options=(--until=)
    arguments=(incidents)
    ;;
  unack | escalate | fix | count)
    arguments=(incidents)
    [[ $1 == count ]] && arguments+=(":accounts events-dropped
      notifications-late support-requests users")
    ;;
  page)
    options=(--again=)
    arguments=(incidents "people schedules chains roles...")
    ;;
  resolve)
    options=(-m=)
    arguments=(incidents...)
    ;;
  reopen)
    options=(-m=)
    arguments=(resolved)
    ;;
  severity)
    options=(-m=)
    arguments=(incidents severities)
    ;;
  set)
    options=(-m=)
    arguments=(incidents statuses)
    ;;
  edit)
    options=(--title= --summary= --cause= --detection= --service= --team=
      --commander=people --private --public --codename= --field=fields
      "--major=:yes no" --label=)
    arguments=(incidents)
    ;;
  note)
    options=(--at= --important)
    arguments=(incidents)
    ;;
  flag | unflag) arguments=(entries) ;;
  amend)
    options=(--at= --text=)
    arguments=(entries)
    ;;
  decide)
    options=(--objection= --outcome= --by-whom=people)
    arguments=(incidents)
    ;;
  can)
    options=(--condition= --actions= --needs=)
    arguments=(incidents)
    ;;
  role)
    options=(--release)
    arguments=("incidents:list" roles people)
    [[ $2 == list ]] && options=() arguments=("" incidents)
    ;;
  team)
    options=(--leader=people --for= --end)
    arguments=(incidents)
    ;;
  release) arguments=(incidents people...) ;;
  task)
    case $2 in
    add)
      options=(--to=people --due=)
      arguments=("" incidents)
      ;;
    assign) arguments=("" tasks people) ;;
    due | understood | done) arguments=("" tasks) ;;
    list) arguments=("" incidents) ;;
    *) arguments=(":add assign due understood done list") ;;
    esac
    ;;
  impact)
    case $2 in
    add)
      options=(--from= --to=)
      arguments=("" incidents)
      ;;
    end)
      options=(--at=)
      arguments=("" impacts)
      ;;
    list) arguments=("" incidents) ;;
    *) arguments=(":add end list") ;;
    esac
    ;;
  link)
    options=(--title=)
    arguments=(incidents)
    ;;
  relate)
    options=("--parent=incidents:none")
    arguments=(incidents)
    ;;
  merge) arguments=(incidents incidents) ;;
  update)
    case $2 in
    approve | post | withdraw) arguments=("" updates) ;;
    list) arguments=("" incidents) ;;
    *)
      options=(--template=templates -m= --to=webhooks --draft)
      arguments=("incidents:approve post withdraw list")
      ;;
    esac
    ;;
  oncall)
    case $2 in
    override)
      options=(--from= --to= --for=)
      arguments=("" schedules people)
      ;;
    take)
      options=(--to= --for=)
      arguments=("" schedules)
      ;;
    end) arguments=("" overrides...) ;;
    *)
      options=(--at= --next=)
      arguments=(":override take end")
      ;;
    esac
    ;;
  who) arguments=(people) ;;
  declare)
    options=(--title= --severity=severities --chain=chains --commander=people
      --service= --series= --incident-of-rule=rules --major --test --private
      --codename= --no-page)
    ;;
  silence)
    case $2 in
    add)
      options=("--match=rule=rules severity=severities:$fields" --for= --until=
        --until-resolved=?incidents --start= --every= --remind= --reason=)
      ;;
    list) options=(--all) ;;
    end) arguments=("" silences...) ;;
    *) arguments=(":add list end") ;;
    esac
    ;;
  postmortem)
    arguments=("" "incidents resolved")
    case $2 in
    create | show)
      options=(--important "--format=:md html json" --output=files --force)
      ;;
    status) arguments+=(":draft in\ review reviewed closed") ;;
    owner) arguments+=(people) ;;
    edit)
      arguments+=(":recording overview what-happened contributing-factors
        resolution impact went-well went-badly agenda internal-mail
        external-message")
      ;;
    meeting | lint) ;;
    list) arguments=() ;;
    *) arguments=(":create show status owner meeting edit lint list") ;;
    esac
    ;;
  report) options=(--since= --until= --hours=hours --csv) ;;
  guide) options=("--format=:md html") ;;
  doctor) options=(--send) ;;
  export) options=(--since=) ;;
  prune) options=(--older-than=) ;;
  check | reload) arguments=(files) ;;
  explain)
    arguments=("severity=severities:$fields value= remote= missing=...")
    ;;
  test) arguments=("chains webhooks") ;;
  names)
    arguments=(":incidents resolved entries tasks updates impacts silences
      overrides statuses fields severities people roles templates rules
      schedules chains webhooks hours...")
    ;;
  esac
  [[ $1 == help ]] || options+=(--ledger=files --by=people --json --help)
  [[ -n $1 ]] || options+=(--version)
}

# Sets kind to what completes the value of that option; false: it has none.
_incidentctl_value_of() {
  local option
  for option in "${options[@]}"; do
    if [[ $option == "$1="* ]]; then
      kind=${option#*=}
      return 0
    fi
  done
  return 1
}

# Adds the word to the replies if it begins with what is there, $cur.
_incidentctl_offer() {
  local quoted
  printf -v quoted %q "$1"
  case $cur in
  [\"\']*) # inside of quotes: what needs no others
    [[ $1 != *[!-A-Za-z0-9_.:@/+=\ ]* && $1 == "${cur:1}"* ]] &&
      COMPREPLY+=("$1")
    ;;
  *)
    [[ $quoted == "$cur"* ]] && COMPREPLY+=("$before${quoted:skip}")
    ;;
  esac
}

_incidentctl_kind() {
  local names=${1%%:*} words="" one line
  [[ $1 == *:* ]] && words=${1#*:}
  if [[ $1 == files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  local -a kinds lines
  read -r -d "" -a kinds <<<"$names"
  for one in "${kinds[@]}"; do
    mapfile -t lines < <(incidentctl "${ledger[@]}" names "${one#*=}" \
      2>/dev/null)
    for line in "${lines[@]}"; do
      [[ $one == *=* ]] && line=${one%%=*}=$line
      _incidentctl_offer "${line%%$'\t'*}"
    done
  done
  # shellcheck disable=SC2162 # a blank in a word has a backslash
  read -d "" -a kinds <<<"$words"
  for one in "${kinds[@]}"; do
    _incidentctl_offer "$one"
  done
}

# Sets words to those before and at the cursor; bash breaks them at = and : too.
_incidentctl_words() {
  local i word is_behind=
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i > 1)) && [[ -n $is_behind || $word == [=:]* ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    [[ -n $word && $word != *[!=:]* ]] && is_behind=1 || is_behind=
  done
}

# Sets ledger to what says which one it is.
_incidentctl_ledger() {
  local path=${1//[\\\"\']/}
  # shellcheck disable=SC2088 # as it was typed
  [[ $path == "~/"* ]] && path=$HOME/${path:2}
  ledger=(--ledger "$path")
}

_incidentctl() {
  local command="" pending="" kind="" before="" word i
  local -a words options arguments given=() ledger=()
  COMPREPLY=()
  _incidentctl_words
  _incidentctl_spec ""
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ -n $pending && ($kind != \?* || $word != -*) ]]; then
      [[ $pending == --ledger ]] && _incidentctl_ledger "$word"
      pending=
    elif [[ $word == -* ]]; then
      pending=
      [[ $word == --ledger=* ]] && _incidentctl_ledger "${word#*=}"
      _incidentctl_value_of "$word" && pending=$word
    elif [[ -z $command ]]; then
      command=$word
      _incidentctl_spec "$command"
    else
      given+=("$word")
      _incidentctl_spec "$command" "${given[0]}"
    fi
  done

  local cur=${words[-1]} skip=0 head
  if [[ -n $pending && ($kind != \?* || $cur != -*) ]]; then
    kind=${kind#\?}
  elif [[ $cur == --*=* ]]; then
    _incidentctl_value_of "${cur%%=*}" || return
    kind=${kind#\?}
    [[ $COMP_WORDBREAKS == *=* ]] || before=${cur%%=*}=
    cur=${cur#*=}
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${options[*]%%=*}" -- "$cur")
    return
  else
    i=${#given[@]}
    ((i < ${#arguments[@]})) || i=$((${#arguments[@]} - 1))
    kind=${arguments[i]-}
    ((i == ${#given[@]})) || [[ $kind == *... ]] || return
    kind=${kind%...}
  fi
  # Of a word with = or : in it bash replaces what is behind the last of them.
  head=${cur%"${cur##*[=:]}"}
  [[ -z $head || $COMP_WORDBREAKS != *"${head: -1}"* ]] || skip=${#head}
  _incidentctl_kind "$kind"
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] &&
    compopt -o nospace 2>/dev/null
  return 0
}

complete -F _incidentctl incidentctl
