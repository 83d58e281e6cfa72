# Completions of cronitor and cronitor-exec for bash, written by `cronitor completions bash`. bash-completion is not needed.

_cronitor() { _cronitor_complete '' cronitor "$1" "$2"; }
_cronitor_exec() { _cronitor_complete cronitor-exec cronitor-exec "$1" "$2"; }

# Sets COMPREPLY. $1 names the command's table below, $2 the program, $3 is its path as it was typed, $4 the text that
# readline replaces.
_cronitor_complete() {
  local IFS=$' \t\n' path=$1 program=$2 typed=$3
  local words starts offsets
  _cronitor_split_line
  local last=$((${#words[@]} - 1)) cur kept open REPLY
  _cronitor_unquote "${words[last]%"$4"}"
  kept=$REPLY
  _cronitor_unquote "${words[last]}"
  cur=$REPLY
  COMPREPLY=()

  local options values commands arguments kind
  _cronitor_table "$path"
  local at word count=0 ended='' helping='' waiting='' open_quote=$open
  for ((at = 1; at < last; at++)); do
    waiting=''
    [[ ${arguments[count]} != job ]] || break
    _cronitor_unquote "${words[at]}"
    word=$REPLY
    if [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -?* ]]; then
      _cronitor_find_waiting "$word"
      if [[ $waiting ]]; then
        ((at++))
        [[ $at -eq $last ]] || waiting=''
      fi
    elif [[ -z $path && $word == help ]]; then
      helping=1
    elif [[ " $commands " == *" $word "* ]]; then
      path=${path:+$path }$word
      _cronitor_table "$path"
    elif [[ ${arguments[count]} != *... ]]; then
      ((count++))
    fi
  done
  open=$open_quote

  local argument=${arguments[count]%...}
  if [[ $waiting ]]; then
    _cronitor_find_kind "$waiting"
    _cronitor_offer_kind "$kind" ''
  elif [[ $argument == job ]]; then
    _cronitor_complete_job "$at"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _cronitor_find_kind "${cur%%=*}"
    _cronitor_offer_kind "$kind" "${cur%%=*}="
  elif [[ -z $ended && $cur == -* ]]; then
    _cronitor_offer $options
  elif [[ $helping || $commands ]]; then
    _cronitor_offer $commands
  else
    _cronitor_offer_kind "$argument" ''
  fi
}

# Sets `words` to the words up to the cursor as they are typed, `starts` to the index of each in COMP_WORDS, and `offsets` to
# its place in COMP_LINE. COMP_WORDS is no list of words: it is also split at COMP_WORDBREAKS, such as : and =.
_cronitor_split_line() {
  local line=${COMP_LINE:0:COMP_POINT} i blanks raw
  words=() starts=() offsets=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${line%%[![:space:]]*}
    line=${line:${#blanks}}
    if [[ $i -eq 0 || $blanks ]]; then
      words+=('')
      starts+=("$i")
      offsets+=($((COMP_POINT - ${#line})))
    fi
    raw=${COMP_WORDS[i]}
    [[ $i -lt $COMP_CWORD ]] || raw=$line
    words[${#words[@]} - 1]+=$raw
    line=${line:${#raw}}
  done
}

# Sets `REPLY` to $1 without its quotes, and `open` to the quote that is still open. Nothing is expanded.
_cronitor_unquote() {
  local rest=$1 char
  REPLY='' open=''
  while [[ $rest ]]; do
    char=${rest:0:1}
    rest=${rest:1}
    case $open$char in
      \'\' | \"\") open='' ;;
      \\ | \"\\)
        if [[ -z $open || $rest == [\$\`\"\\]* ]]; then
          char=${rest:0:1}
          rest=${rest:1}
        fi
        REPLY+=$char
        ;;
      \' | \") open=$char ;;
      *) REPLY+=$char ;;
    esac
  done
}

# Adds the arguments that begin with the current word, without `kept`, the part in front of what readline replaces.
_cronitor_offer() {
  local candidate
  for candidate; do
    [[ $candidate == "$cur"* ]] || continue
    _cronitor_quote "${candidate:${#kept}}"
    # readline would take a quote at the start for the one that is open.
    [[ -z $open || $REPLY != "$open"* ]] || continue
    COMPREPLY+=("$REPLY")
  done
}

# Sets `REPLY` to $1 as it must be typed behind the open quote, if there is one.
_cronitor_quote() {
  local i char special='[][ !"#$&'\''()*,;<>?\\^`{|}~]'
  REPLY=$1
  [[ $1 == *$special* ]] || return 0
  REPLY=''
  for ((i = 0; i < ${#1}; i++)); do
    char=${1:i:1}
    case $open.$char in
      \'.\') char="'\\''" ;;
      \'.*) ;;
      # A backslash before ! would stay there between double quotes.
      \".!) char='"\!"' ;;
      \".[\$\`\"\\]) char=\\$char ;;
      \".*) ;;
      .$special) char=\\$char ;;
    esac
    REPLY+=$char
  done
  # readline closes the quote, unless this one seems to be the end.
  [[ -z $open || $REPLY != *"$open" ]] || REPLY+=$open
}

# Sets `kind` to what the value of the option $1 is; empty if it has none.
_cronitor_find_kind() {
  kind=''
  [[ " $values " == *" $1:"* ]] || return 0
  kind=" $values "
  kind=${kind#*" $1:"}
  kind=${kind%% *}
}

# Sets `waiting` to the option of $1 whose value is the next word.
_cronitor_find_waiting() {
  local i kind
  case $1 in
    --*=*) ;;
    --*)
      _cronitor_find_kind "$1"
      [[ -z $kind ]] || waiting=$1
      ;;
    *)
      # Short options can be combined: -vk KEY.
      for ((i = 1; i < ${#1}; i++)); do
        _cronitor_find_kind "-${1:i:1}"
        [[ $kind ]] || continue
        [[ $((i + 1)) -lt ${#1} ]] || waiting=-${1:i:1}
        return 0
      done
      ;;
  esac
}

# Offers words of the kind $1, each behind the text $2.
_cronitor_offer_kind() {
  local choice
  case $1 in
    choices:*)
      choice=${1#choices:}
      for choice in ${choice//,/ }; do _cronitor_offer "$2$choice"; done
      ;;
    file) compopt -o default 2>/dev/null ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    monitor-key) _cronitor_offer_keys "$2" ;;
  esac
}

# The program tells the keys: beside cronitor-exec there is a cronitor, and another cronitor on PATH may be the official client.
_cronitor_offer_keys() {
  local found keys key
  found=$(type -P -- "${typed/#\~/$HOME}" || type -P "$program") || return 0
  if [[ $program == cronitor-exec ]]; then
    found=$(readlink -f -- "$found") || return 0
    found=${found%/*}/cronitor
  fi
  keys=$("$found" completions --keys 2>/dev/null </dev/null) || return 0
  while IFS= read -r key; do
    [[ -z $key ]] || _cronitor_offer "$1$key"
  done <<<"$keys"
}

# Completes a job's command line, which begins at the word $1, as if nothing were in front of it.
_cronitor_complete_job() {
  local at=$1 last=$((${#words[@]} - 1))
  [[ $at -eq $last || ${words[at]} != -- ]] || ((at++))
  while [[ $at -lt $last && ${words[at]} =~ ^[A-Za-z_][A-Za-z0-9_]*= ]]; do ((at++)); done
  local first=${starts[at]}
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$first"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$first"
  else
    _cronitor_complete_command "$first" "${offsets[at]}"
  fi
}

# Does it without bash-completion: with the function that was set by `complete -F`, else with names of files. $1 is the
# command's index in COMP_WORDS, $2 its place in COMP_LINE.
_cronitor_complete_command() {
  COMP_WORDS=("${COMP_WORDS[@]:$1}")
  COMP_CWORD=$((COMP_CWORD - $1))
  COMP_LINE=${COMP_LINE:$2}
  COMP_POINT=$((COMP_POINT - $2))
  local command=${COMP_WORDS[0]} rest
  if [[ $COMP_CWORD -eq 0 ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r rest; do COMPREPLY+=("$rest"); done < <(compgen -c -d -- "$cur")
    return
  fi
  rest=$(complete -p -- "$command" 2>/dev/null || complete -p -- "${command##*/}" 2>/dev/null)
  if [[ $rest =~ \ -F\ ([^ ]+) ]]; then
    "${BASH_REMATCH[1]}" "$command" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  fi
  while [[ $rest =~ \ -o\ ([a-z]+)(.*) ]]; do
    compopt -o "${BASH_REMATCH[1]}" 2>/dev/null
    rest=${BASH_REMATCH[2]}
  done
  [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o bashdefault -o default 2>/dev/null
}
