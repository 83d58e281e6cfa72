#!/bin/sh
# Last step of the action (action.yml), also after a cancelled run: ends what is left of the run and delivers its events,
# because the runner may be thrown away.
#
# If a step is cancelled, run.sh may have been killed while the wrapper goes on, or the runner could not signal it at all
# (in a container). Then the wrapper still runs here. The end of its job is all that it waits for.
set -u
# After a time-out of the whole step, the runner cancels this one too, and leaves it ten seconds.
trap '' INT TERM
folder=${ACTION_FOLDER-}
[ -d "$folder" ] || exit 0

# True if the process of run.sh has ended, waiting for up to so many seconds.
has_ended() {
  tenths=$(($1 * 5))
  while kill -0 "$pid" 2>/dev/null; do
    [ "$tenths" -gt 0 ] || return 1
    tenths=$((tenths - 1))
    sleep 0.2 2>/dev/null || sleep 1
  done
}

# The job leads a process group. The wrapper lives on and reports the end. Without a wrapper, the process is the job itself.
kill_job() {
  leaders=$pid
  [ -z "${ACTION_BIN-}" ] || leaders=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || pgrep -P "$pid")
  for leader in $leaders; do kill -s KILL -- "-$leader"; done
} 2>/dev/null

# The same signals as a runner's, unless run.sh has passed them on already.
end_run() {
  if [ ! -e "$folder/signalled" ]; then
    kill -s INT "$pid"
    has_ended 5 && return
    kill -s TERM "$pid"
    has_ended 2 && return
  fi
  kill_job
  has_ended 3
}

pid=$(cat "$folder/pid" 2>/dev/null) || pid=
[ -z "$pid" ] || has_ended 0 || end_run

if [ -n "${ACTION_BIN-}" ]; then
  [ -z "${INPUT_API_KEY-}" ] || export CRONITOR_PING_API_KEY="$INPUT_API_KEY"
  [ -z "${INPUT_URL-}" ] || export CRONITOR_TELEMETRY_URL="$INPUT_URL"
  [ -z "${ACTION_NODE-}" ] || export CRONITOR_NODE="$ACTION_NODE"
  export CRONITOR_SPOOL_DIR="${CRONITOR_SPOOL_DIR:-$folder/spool}"
  if [ -n "$(find "$CRONITOR_SPOOL_DIR" -name '*.json' 2>/dev/null)" ]; then
    "$ACTION_BIN/cronitor" spool flush --deliver-within 5s >/dev/null ||
      echo '::warning title=cronitor-exec::Not all events of this step could be delivered. They are lost with the runner.'
  fi
fi
rm -rf "$folder"
