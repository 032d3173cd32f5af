# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of incidentctl(1) for bash.

_incidentctl_numbers() {
  # Those of a list, from the ledger named on the line.
  local i ledger=()
  for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
    [[ ${COMP_WORDS[i]} == --ledger ]] && ledger=(--ledger "${COMP_WORDS[i + 1]}")
  done
  incidentctl "${ledger[@]}" "$@" 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_incidentctl_open() {
  _incidentctl_numbers list
}

_incidentctl_silence() {
  # What follows the word behind "silence".
  case $1 in
  add)
    echo "--match --for --until --until-resolved --start --every --remind
      --reason"
    ;;
  list) echo "--all" ;;
  end) _incidentctl_numbers silence list ;;
  *) echo "add list end" ;;
  esac
}

_incidentctl_config() {
  # The names of those blocks, from the configuration in the ledger.
  local i db=${INCIDENT_LEDGER:-/var/lib/collectd/incident.db}
  for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
    [[ ${COMP_WORDS[i]} == --ledger ]] && db=${COMP_WORDS[i + 1]}
  done
  [[ -r $db ]] || return
  sqlite3 -readonly "$db" "SELECT value FROM setting WHERE key = 'config'" \
    2>/dev/null | sed -n "s/^ *<$1 \"\([^\"]*\)\">.*/\1/p"
}

_incidentctl_people() {
  _incidentctl_config Responder
}

_incidentctl_roles() {
  # As long as the configuration has none there are the usual six.
  local roles
  roles=$(_incidentctl_config Role)
  echo "${roles:-commander deputy scribe expert customer-liaison
    internal-liaison}"
}

_incidentctl_work() {
  # What follows the word behind role, task or impact.
  case $1:$2 in
  role:) echo "list --release $(_incidentctl_open)" ;;
  role:list) _incidentctl_open ;;
  role:*) echo "--release $(_incidentctl_roles) $(_incidentctl_people)" ;;
  postmortem:) echo "create show edit owner meeting status lint list" ;;
  postmortem:create | postmortem:show)
    echo "--important --format --output --force $(_incidentctl_numbers list --all)"
    ;;
  postmortem:status)
    echo "draft review reviewed closed $(_incidentctl_numbers postmortem list)"
    ;;
  postmortem:owner)
    echo "$(_incidentctl_numbers postmortem list) $(_incidentctl_people)"
    ;;
  postmortem:edit)
    echo "recording overview what-happened contributing-factors resolution impact
      went-well went-badly agenda internal-mail external-message
      $(_incidentctl_numbers postmortem list)"
    ;;
  postmortem:*) _incidentctl_numbers postmortem list ;;
  task:) echo "add assign due understood done list" ;;
  task:add) echo "--to --due $(_incidentctl_open)" ;;
  task:assign) echo "$(_incidentctl_numbers task list) $(_incidentctl_people)" ;;
  task:list) _incidentctl_open ;;
  task:*) _incidentctl_numbers task list ;;
  impact:) echo "add end list" ;;
  impact:add) echo "--from --to $(_incidentctl_open)" ;;
  impact:end) echo "--at" ;;
  impact:*) _incidentctl_open ;;
  esac
}

_incidentctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local globals="--ledger --by --json --help --version"
  local commands="status list show ack unack snooze escalate page resolve note
    reopen severity set edit decide can fix flag unflag amend role team
    release task impact link count update relate merge postmortem oncall who declare silence
    forget prune check reload explain test verify report guide checklist doctor export help"
  local command="" action="" i words=""
  COMPREPLY=()

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --ledger | --by) ((i++)) ;;
    -*) ;;
    *)
      command=${COMP_WORDS[i]}
      ((i + 1 < COMP_CWORD)) && action=${COMP_WORDS[i + 1]}
      break
      ;;
    esac
  done

  case $prev in
  --ledger | --output)
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
    ;;
  --status)
    words="investigating identified monitoring resolved active stable"
    ;;
  --format) words="md html json" ;;
  --severity) words="SEV-1 SEV-2 SEV-3 SEV-4 SEV-5 UNKNOWN" ;;
  --match)
    compopt -o nospace 2>/dev/null
    words="host= plugin= plugin_instance= type= type_instance= rule= severity=
      level= message= data_source= meta:"
    ;;
  --until-resolved | --parent) words="$(_incidentctl_open)" ;;
  --template)
    words=$(_incidentctl_config Template)
    words=${words:-investigating identified monitoring resolved}
    ;;
  --major) [[ $command == edit ]] && words="yes no" ;;
  --incident-of-rule) words=$(_incidentctl_config Rule) ;;
  --leader | --to | --commander | --by-whom) words=$(_incidentctl_people)
    [[ $command == update ]] && words=$(_incidentctl_config Webhook)
    ;;
  --series | --for | --until | --start | --every | --remind | --reason | \
    --by | --rule | --since | --search | --title | --chain | \
    --due | --from | --summary | --cause | --detection | --team | --codename | \
    --label | --objection | --outcome | --condition | --actions | --needs | \
    --text | -m | \
    --service | --at | --older-than | --again | \
    --next)
    return
    ;;
  esac

  if [[ -z $words ]]; then
    case $command in
    "") words="$commands $globals" ;;
    help) words=$commands ;;
    status) words="--watch --changes $globals" ;;
    list)
      words="--open --all --status --severity --rule --since --search
        --private --field $globals"
      ;;
    show) words="--timeline --pages --evidence $globals $(_incidentctl_open)" ;;
    update)
      words="approve post withdraw list --template -m --to --draft $globals
        $(_incidentctl_open)"
      ;;
    ack) words="--all $globals $(_incidentctl_open)" ;;
    severity) words="SEV-1 SEV-2 SEV-3 SEV-4 SEV-5 UNKNOWN -m $globals $(_incidentctl_open)" ;;
    set)
      words="investigating identified monitoring resolved active stable -m
        $globals $(_incidentctl_open)"
      ;;
    edit)
      words="--title --summary --cause --detection --service --team --commander
        --private --public --codename --field --major --label $globals $(_incidentctl_open)"
      ;;
    decide) words="--objection --outcome --by-whom $globals $(_incidentctl_open)" ;;
    can) words="--condition --actions --needs $globals $(_incidentctl_open)" ;;
    resolve) words="-m $globals $(_incidentctl_open)" ;;
    reopen) words="-m $globals" ;;
    amend) words="--at --text $globals" ;;
    snooze) words="--until $globals $(_incidentctl_open)" ;;
    unack | escalate | fix)
      words="$globals $(_incidentctl_open)"
      ;;
    page) words="--again $globals $(_incidentctl_open)" ;;
    note) words="--at --important $globals $(_incidentctl_open)" ;;
    declare)
      words="--series --incident-of-rule --major --title --severity --chain --commander --service --test --private --codename
        --no-page $globals"
      ;;
    role | task | impact | postmortem)
      words="$(_incidentctl_work "$command" "$action") $globals"
      ;;
    team) words="--leader --for --end $globals $(_incidentctl_open)" ;;
    release) words="$globals $(_incidentctl_open) $(_incidentctl_people)" ;;
    link) words="--title $globals $(_incidentctl_open)" ;;
    count) words="$globals $(_incidentctl_open)" ;;
    merge) words="$globals $(_incidentctl_open)" ;;
    relate) words="--parent $globals $(_incidentctl_open)" ;;
    silence) words="$(_incidentctl_silence "$action") $globals" ;;
    explain)
      compopt -o nospace 2>/dev/null
      words="host= plugin= plugin_instance= type= type_instance= data_source=
        level= message= value= remote= missing= meta: $globals"
      ;;
    prune) words="--older-than $globals" ;;
    doctor) words="--send $globals" ;;
    export) words="--since $globals" ;;
    guide) words="--format $globals" ;;
    report) words="--since --until --hours --csv $globals" ;;
    oncall) words="--at --next $globals" ;;
    check | reload)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -W "$globals" -f -- "$cur")
      return
      ;;
    *) words=$globals ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _incidentctl incidentctl
