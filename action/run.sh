#!/bin/sh
# Main step of the action (action.yml): runs the script of the input `run` under a monitor, and ends with its status.
#
# A runner cancels a step by INT, by TERM 7.5 seconds later and by KILL after another 2.5, and signals only the process that
# it has started. So this shell does not become the wrapper: it passes the signals on, and writes the exit status down.
# A runner does not pass signals into a container at all. finish.sh ends what is left in both cases.
set -u
# A POSIX shell ignores INT in what it starts in the background, and so would the job. Only bash can avoid that (set -m).
[ -n "${BASH_VERSION-}" ] || ! command -v bash >/dev/null || exec bash "$0"

output=${GITHUB_OUTPUT:-/dev/null}
refuse() {
  echo "::error title=cronitor-exec::$1 Nothing was run."
  exit 125
}

# Hides a key in the log. A very short one would hide much else.
mask() {
  [ ${#1} -lt 8 ] || printf '::add-mask::%s\n' "$(printf '%s' "$1" | tr -d '\r\n' | sed 's/%/%25/g')"
}

# A UUID of random digits, version 4.
new_series() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | sed -E 's/(.{8})(.{4}).(.{3}).(.{3})(.{12})/\1-\2-4\3-8\4-\5/'
}

# Where this run is found again.
default_note() {
  [ -n "${GITHUB_SHA-}" ] || return 0
  url=${GITHUB_SERVER_URL-}/${GITHUB_REPOSITORY-}/actions/runs/${GITHUB_RUN_ID-}/attempts/${GITHUB_RUN_ATTEMPT-}
  echo "${GITHUB_REF_NAME-}@$(printf '%.12s' "$GITHUB_SHA") $url"
}

pass_on() {
  signalled=yes
  : >"$folder/signalled"
  [ -z "$pid" ] || kill -s "$1" "$pid"
}

# Runs its arguments and sets status. In bash, signals for this shell reach them.
supervise() {
  if [ -z "${BASH_VERSION-}" ]; then
    sh -c 'echo $$ >"$0"; exec "$@"' "$folder/pid" "$@"
    status=$?
    return
  fi
  pid=
  set -m
  for signal in INT TERM HUP; do trap "pass_on $signal" "$signal"; done
  "$@" &
  pid=$!
  echo "$pid" >"$folder/pid"
  # A signal interrupts `wait`.
  signalled=yes
  while [ -n "$signalled" ]; do
    signalled=
    # bash would report a death by a signal there.
    wait "$pid" 2>/dev/null
    status=$?
  done
}

# --- The inputs ------------------------------------------------------------------------------------------------------

monitor=${INPUT_MONITOR-}
case $monitor in
  '') refuse 'The input monitor is missing.' ;;
  # It would be read as an option.
  -*) refuse 'The input monitor begins with a hyphen.' ;;
esac
[ -n "${INPUT_RUN-}" ] || refuse 'The input run is missing.'
for key in "${INPUT_API_KEY-}" "${CRONITOR_API_KEY-}" "${CRONITOR_PING_API_KEY-}"; do mask "$key"; done

# The runner empties its temporary folder before and after each job.
folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/cronitor-exec.XXXXXX") && mkdir -m 0700 "$folder/spool" || exit 125
series=$(new_series)
printf 'folder=%s\nseries=%s\n' "$folder" "$series" >>"$output"
printf '%s\n' "$INPUT_RUN" >"$folder/script" || exit 125

# --- The command, from its end to its front --------------------------------------------------------------------------

shell=${INPUT_SHELL-}
if [ -z "$shell" ]; then
  shell=sh
  ! command -v bash >/dev/null || shell=bash
fi
case $shell in
  bash) set -- bash --noprofile --norc -e -o pipefail "$folder/script" ;;
  sh) set -- sh -e "$folder/script" ;;
  python) set -- python "$folder/script" ;;
  *'{0}'*)
    # Words at blanks, as the runner takes them, without expanding anything.
    set -f
    set --
    for word in $shell; do
      case $word in *'{0}'*) word=${word%%'{0}'*}$folder/script${word#*'{0}'} ;; esac
      set -- "$@" "$word"
    done
    set +f
    ;;
  *) refuse 'The input shell is neither bash, sh nor python, and has no {0}.' ;;
esac
working_directory=${INPUT_WORKING_DIRECTORY-}
case $working_directory in '' | /*) ;; *) working_directory=./$working_directory ;; esac
# A failure is the job's, and is reported.
[ -z "$working_directory" ] || cd -- "$working_directory" 2>/dev/null || set -- sh -c 'cd -- "$0"' "$working_directory"

if [ -n "${ACTION_BIN-}" ]; then
  # The key is for the wrapper. A key in the step's own environment is for the script too.
  [ -z "${INPUT_API_KEY-}" ] || set -- env -u CRONITOR_PING_API_KEY "$@"
  set -- "$monitor" -- "$@"
  # One option in each line; its value is the rest of the line.
  while IFS= read -r line; do
    line=$(printf '%s' "$line" | tr -d '\r' | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
    name=${line%%[[:space:]]*}
    value=$(printf '%s' "${line#"$name"}" | sed 's/^[[:space:]]*//')
    case $name in
      '') continue ;;
      --) refuse 'A line of the input args is no option.' ;;
      -*) ;;
      *) refuse 'A line of the input args does not begin with a hyphen.' ;;
    esac
    if [ -n "$value" ]; then set -- "$name" "$value" "$@"; else set -- "$name" "$@"; fi
  done <<ARGS
${INPUT_ARGS-}
ARGS
  [ -z "${INPUT_TIMEOUT-}" ] || set -- --timeout "$INPUT_TIMEOUT" "$@"
  note=${INPUT_NOTE:-$(default_note)}
  [ -z "$note" ] || set -- --note "$note" "$@"
  # In a group of its own, all processes of the script receive the signals, and not only its shell.
  set -- "$ACTION_BIN/cronitor-exec" --own-group --series "$series" "$@"

  # Variables, because a wrong value in them does not stop the job, and for `cronitor ping` in the script.
  [ -z "${INPUT_API_KEY-}" ] || export CRONITOR_PING_API_KEY="$INPUT_API_KEY"
  [ -z "${INPUT_ENV-}" ] || export CRONITOR_ENV="$INPUT_ENV"
  [ -z "${INPUT_URL-}" ] || export CRONITOR_TELEMETRY_URL="$INPUT_URL"
  [ -z "${INPUT_DELIVER_WITHIN-}" ] || export CRONITOR_DELIVER_WITHIN="$INPUT_DELIVER_WITHIN"
  [ -z "${ACTION_NODE-}" ] || export CRONITOR_NODE="$ACTION_NODE"
  export CRONITOR_SPOOL_DIR="${CRONITOR_SPOOL_DIR:-$folder/spool}"
  # A background process would be ended with the job's runner. finish.sh delivers instead.
  export CRONITOR_NO_COURIER=1
  export PATH="$PATH:$ACTION_BIN"
fi
for name in MONITOR RUN API_KEY ENV URL SHELL WORKING_DIRECTORY TIMEOUT DELIVER_WITHIN NOTE ARGS; do unset "INPUT_$name"; done
unset ACTION_BIN ACTION_NODE

supervise "$@"
# finish.sh must not take another process for this one.
rm -f "$folder/pid"
echo "exit-status=$status" >>"$output"
exit "$status"
