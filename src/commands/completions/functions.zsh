#compdef cronitor cronitor-exec
# Completions of cronitor and cronitor-exec for zsh, written by `cronitor completions zsh`.

# $service is the name that `compdef` has for the command, also if an alias or a path was typed.
_cronitor() {
  local curcontext=$curcontext state line ret=1 typed=$words[1]
  typeset -A opt_args
  if [[ ${service:t} == cronitor-exec ]]; then
    _cronitor_cronitor-exec
  else
    _cronitor_
  fi
}

# The words of a subcommand: its name is the first.
_cronitor_subcommand() {
  local name=$words[1]
  curcontext="${curcontext%:*:*}:cronitor-$name:"
  (( $+functions[_cronitor_$1$name] )) && _cronitor_$1$name
}

# `help` has the names of commands behind it, and no options.
_cronitor_help() {
  local parent=
  while (( CURRENT > 2 )) && (( $+functions[_cronitor_commands_$parent$words[2]] )); do
    parent+=$words[2]_
    shift words
    (( CURRENT-- ))
  done
  (( CURRENT == 2 )) && _cronitor_commands_${parent%_}
}

# The program tells the keys: beside cronitor-exec there is a cronitor, and another cronitor on PATH may be the official client.
_cronitor_keys() {
  local program=${(Q)typed} expl
  local -a keys
  [[ $program == */* ]] && program=${~program} || program=$commands[$program]
  [[ -x $program ]] || program=$commands[cronitor-exec]
  [[ ${program:t} == cronitor ]] || program=${program:A:h}/cronitor
  keys=(${(f)"$($program completions --keys 2>/dev/null </dev/null)"}) || return
  _wanted monitor-keys expl 'monitor key' compadd -a keys
}

# A job's command line, as if nothing were in front of it.
_cronitor_job() {
  if (( CURRENT > 1 )) && [[ $words[1] == -- ]]; then
    shift words
    (( CURRENT-- ))
  fi
  while (( CURRENT > 1 )) && [[ $words[1] == [A-Za-z_][A-Za-z0-9_]#=* ]]; do
    shift words
    (( CURRENT-- ))
  done
  _normal -p cronitor-exec
}

