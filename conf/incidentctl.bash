# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of incidentctl(1) for bash.

_incidentctl_open() {
  # The numbers of open incidents, from the ledger named on the line.
  local i ledger=()
  for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
    [[ ${COMP_WORDS[i]} == --ledger ]] && ledger=(--ledger "${COMP_WORDS[i + 1]}")
  done
  incidentctl "${ledger[@]}" list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_incidentctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local globals="--ledger --by --json --help --version"
  local commands="status list show ack unack escalate resolve note declare
    check test verify help"
  local command="" i words=""
  COMPREPLY=()

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --ledger | --by) ((i++)) ;;
    -*) ;;
    *)
      command=${COMP_WORDS[i]}
      break
      ;;
    esac
  done

  case $prev in
  --ledger)
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
    ;;
  --status)
    words="investigating identified monitoring resolved active stable"
    ;;
  --severity) words="SEV-1 SEV-2 SEV-3 SEV-4 SEV-5 UNKNOWN" ;;
  --by | --rule | --since | --search | --title | --chain | --commander | \
    --service | --at)
    return
    ;;
  esac

  if [[ -z $words ]]; then
    case $command in
    "") words="$commands $globals" ;;
    help) words=$commands ;;
    status) words="--watch $globals" ;;
    list)
      words="--open --all --status --severity --rule --since --search
        --private $globals"
      ;;
    show) words="--timeline --pages $globals $(_incidentctl_open)" ;;
    ack) words="--all $globals $(_incidentctl_open)" ;;
    unack | escalate | resolve) words="$globals $(_incidentctl_open)" ;;
    note) words="--at --important $globals $(_incidentctl_open)" ;;
    declare)
      words="--title --severity --chain --commander --service --test --private
        --no-page $globals"
      ;;
    check)
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
