# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What bash completes: of each line of standard input, broken into words as bash
# breaks it, a line with its number and the words, each in <>. With "options":
# of each command that it is given, the options that it knows. For
# t_completion.
# shellcheck disable=SC1091 # found below srcdir
. "${srcdir:?}/conf/incidentctl.bash" || exit 99

break_up() {
  local word rest=$1 part
  COMP_WORDS=()
  while [[ $rest == *" "* ]]; do
    word=${rest%% *}
    rest=${rest#* }
    break_word "$word"
  done
  break_word "$rest"
}

break_word() {
  local rest=$1
  while [[ $rest == *[=:]* ]]; do
    part=${rest%%[=:]*}
    [[ -z $part ]] || COMP_WORDS+=("$part")
    rest=${rest#"$part"}
    COMP_WORDS+=("${rest:0:1}")
    rest=${rest:1}
    [[ -n $rest ]] || return
  done
  COMP_WORDS+=("$rest")
}

tell_options() {
  local command=$1 actions action
  local -a options arguments
  _incidentctl_spec "$command" ""
  read -r -d "" -a actions <<<"${arguments[0]#*:}"
  for action in "" "${actions[@]}"; do
    _incidentctl_spec "$command" "$action"
    printf '%s\n' "${options[@]%%=*}"
  done
}

n=0
while IFS= read -r line; do
  n=$((n + 1))
  COMPREPLY=()
  if [[ $1 == options ]]; then
    mapfile -t COMPREPLY < <(tell_options "$line" | sort -u)
  else
    break_up "$line"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _incidentctl
  fi
  printf '%d ' "$n"
  [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '<%s>' "${COMPREPLY[@]}"
  echo
done
