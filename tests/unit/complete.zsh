# SPDX-License-Identifier: MIT
# What zsh completes: of each line of standard input a line with its number and
# the words, each in <>. For t_completion.
zmodload zsh/zpty || exit 77
setup='PROMPT= PS2=; unsetopt zle_bracketed_paste beep 2>/dev/null
unset zle_bracketed_paste
fpath=('${(q)srcdir}'/conf $fpath)
autoload -U compinit && compinit -u -D
zstyle ":completion:*" list-colors ""
bindkey -e; bindkey "^I" complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"; return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  [[ $#hits -eq 0 ]] || found+=("${hits[@]}")
  builtin compadd "$@"
}
tell() { print -r -- "BEGIN${found:+<${(j:><:)found}>}END"; found=(); compstate[insert]= compstate[list]=; }
start() { found=(); comppostfuncs=(tell); compprefuncs=(start); }
compprefuncs=(start)
typeset -a found
print READ"Y"'
zpty -b z zsh -f -i
zpty -w z "stty -echo rows 200 cols 200; $setup"
zpty -r -m z seen '*READY*' || exit 99
n=0
while IFS= read -r line; do
  n=$((n + 1))
  zpty -w -n z $'\C-u'"$line"$'\t'
  zpty -r -m z seen '*BEGIN*END*' || exit 99
  seen=${seen##*BEGIN}
  print -r -- "$n ${seen%%END*}"
done
zpty -d z
