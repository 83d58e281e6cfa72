# Starts Node.js for bin/cronitor and bin/cronitor-exec, which source this file with _cx_program, _cx_here and
# _cx_home set. Node.js changes what a child inherits from it, so what would be lost is noted first, in
# _CRONITOR_LAUNCH, for src/job/launch-notes.ts to undo. Each variable is called _cx_…, so that none of the job's is
# overwritten; nothing here starts a process where the shell itself can tell, since each costs a millisecond.

# The first Node.js new enough: $CRONITOR_NODE, beside the link that was called, on PATH, in the usual places.
# cron's PATH is /usr/bin:/bin, which has no Node.js that was installed by hand.
_cx_find_node() {
  set -f
  _cx_ifs=$IFS
  IFS=:
  for _cx_dir in "$_cx_here" $PATH /usr/local/bin /usr/bin /opt/homebrew/bin /opt/local/bin /opt/node/bin /opt/nodejs/bin /snap/bin; do
    IFS=$_cx_ifs
    _cx_node=$_cx_dir/node
    _cx_usable && { set +f; return 0; }
  done
  IFS=$_cx_ifs
  set +f
  return 1
}

# Is $_cx_node a Node.js from 20.19 up? Leaves its numbers in _cx_major and _cx_minor.
_cx_usable() {
  [ -f "$_cx_node" ] && [ -x "$_cx_node" ] || return 1
  _cx_asked=
  _cx_noted_version || {
    _cx_asked=yes
    _cx_version=$(NODE_OPTIONS= "$_cx_node" --version 2>/dev/null)
  }
  case $_cx_version in v[0-9]*.[0-9]*.[0-9]*) ;; *) return 1 ;; esac
  _cx_major=${_cx_version#v}
  _cx_major=${_cx_major%%.*}
  _cx_minor=${_cx_version#*.}
  _cx_minor=${_cx_minor%%.*}
  [ "$_cx_major" -gt 20 ] || { [ "$_cx_major" -eq 20 ] && [ "$_cx_minor" -ge 19 ]; } && return 0
  _cx_old=${_cx_old:-$_cx_node is $_cx_version}
  return 1
}

# To ask a Node.js for its version costs a sixth of its start. bin/save-code.js notes it, in a line `VERSION PATH`, beside the
# code that it keeps, when it hears by _CRONITOR_ASKED that it was asked. It is asked anew where it is younger than the note; where it was replaced by one with an older date,
# the flags below may be another version's, which both take, and bin/old-node.js sees one that is too old.
_cx_noted_version() {
  _cx_notes=$_cx_home/../dist/code/nodes
  [ -z "${_CRONITOR_OLD-}" ] && [ -r "$_cx_notes" ] && [ ! "$_cx_node" -nt "$_cx_notes" ] || return 1
  while read -r _cx_version _cx_path; do
    [ "$_cx_path" != "$_cx_node" ] || return 0
  done < "$_cx_notes"
  return 1
}

# No Node.js: the job runs all the same, unmonitored, wherever the command can be told.
_cx_run_unmonitored() {
  _cx_why="no Node.js 20.19 or newer was found${_cx_old:+ ($_cx_old)}"
  _cx_do='Install Node.js or set CRONITOR_NODE.'
  if [ -n "${_CRONITOR_BROKEN-}" ]; then
    _cx_why="the installation is damaged ($_CRONITOR_BROKEN)"
    _cx_do='Install cronitor-exec again.'
    unset _CRONITOR_BROKEN
  fi
  unset _CRONITOR_OLD
  _cx_options=
  if [ "$_cx_program" = cronitor ]; then
    while _cx_is_option "${1-}" && [ "$_cx_length" -le $# ]; do
      _cx_options=yes
      shift "$_cx_length"
    done
    [ "${1-}" = exec ] || _cx_fail 1
    shift
  fi
  while _cx_is_option "${1-}"; do
    _cx_options=yes
    [ "$_cx_length" -le $# ] || _cx_fail 125
    shift "$_cx_length"
  done
  [ "${1-}" != -- ] || shift
  [ $# -eq 0 ] || shift
  # Behind options that this script might not know, the command can be told by the `--` in front of it alone.
  [ -z "$_cx_options" ] || [ "${1-}" = -- ] || _cx_fail 125
  [ "${1-}" != -- ] || shift
  [ $# -gt 0 ] || _cx_fail 125
  echo "cronitor-exec: $_cx_why; the job runs unmonitored. $_cx_do" >&2
  # One word with anything but these is a command line for the shell, as it is with Node.js (src/job/command.ts).
  [ $# -gt 1 ] || case $1 in
    *[!A-Za-z0-9_@%+:,./-]* | '')
      [ -f "${SHELL-}" ] && [ -x "$SHELL" ] && exec "$SHELL" -c "$1"
      exec /bin/sh -c "$1" ;;
  esac
  exec "$@"
}

# Sets _cx_length: 2 for an option whose value is the next word (src/cli/options.ts has them all), else 1.
_cx_is_option() {
  case $1 in
    -- | [!-]* | '') return 1 ;;
    -k | -p | -n | -c | -l | -u | --api-key | --api-key-file | --ping-api-key | --env | --hostname | --url | --method | \
      --deliver-within | --spool-dir | --spool-max-age | --spool-max-size | --config | --log | --users | \
      --api-version | --series | --shell) _cx_length=2 ;;
    *) _cx_length=1 ;;
  esac
}

_cx_fail() {
  echo "$_cx_program: $_cx_why, nothing was done. $_cx_do" >&2
  exit "$1"
}

# Linux alone: descriptors 3 and up that the job would have inherited (not those of this shell, which are
# close-on-exec: O_CLOEXEC is octal 2000000 in fdinfo), then those of 0, 1, 2 that are closed. Sets _cx_fds, _cx_closed.
_cx_note_descriptors() {
  _cx_fds=
  _cx_closed=
  for _cx_fd in /proc/$$/fdinfo/*; do
    _cx_number=${_cx_fd##*/}
    case $_cx_number in [012]) continue ;; esac
    [ -e "/proc/$$/fd/$_cx_number" ] || continue
    # The scripts that this shell reads: with 3 to 9 all in use, dash leaves them without that flag. They are told first,
    # since a line that is read costs a system call for each of its bytes.
    [ "/proc/$$/fd/$_cx_number" -ef "$0" ] || [ "/proc/$$/fd/$_cx_number" -ef "$_cx_home/launch.sh" ] && continue
    while read -r _cx_name _cx_flags; do
      [ "$_cx_name" = flags: ] && break
    done < "$_cx_fd"
    case $_cx_flags in *[2367]??????) continue ;; esac
    _cx_fds="$_cx_fds $_cx_number"
  done
  for _cx_number in 0 1 2; do
    [ -e "/proc/$$/fd/$_cx_number" ] || _cx_closed="$_cx_closed $_cx_number"
  done
}

# Two pipes for the job's output, out of here-documents: the shells that Linux has as sh make those with pipe(2).
# Node.js opens the other end by /proc/self/fd; where a shell used a file, it makes FIFOs itself. Sets _cx_pipes.
_cx_open_pipes() {
  _cx_pipes=
  for _cx_number in 3 4 5 6 7 8 9; do
    case "$_cx_fds " in *" $_cx_number "*) continue ;; esac
    eval "exec $_cx_number<<_cx_end
_cx_end"
    _cx_pipes="$_cx_pipes $_cx_number"
    case $_cx_pipes in ' '?' '?) break ;; esac
  done
}

# /proc/PID/environ has the bytes that this shell was given, which it does not hand on as they were: dash drops names
# that are none of its own (BASH_FUNC_x%%, a.b) and adds PWD. No argument may be longer than 128 KiB (Linux,
# MAX_ARG_STRLEN), so that a large environment is noted in pieces; one of more than 360 kB is taken as Node.js sees it,
# since all together may not be longer than a quarter of the stack (2 MB). `own` stands where nothing but PWD differs.
_cx_note_launch() {
  _cx_note_descriptors
  _cx_open_pipes
  read -r _cx_stat < "/proc/$$/stat"
  _cx_stat=${_cx_stat##*)}
  # Where a shell is above, it has most likely set PWD.
  if [ -z "${SHLVL-}" ] && [ "/proc/$$/exe" -ef /bin/dash ] && _cx_environ=$(ulimit -Sn; ulimit -Hn; export -p) &&
    _cx_adds_pwd_alone $_cx_stat; then
    _cx_environ="$_cx_limits
own"
  else
    _cx_environ=$(PATH=/usr/bin:/bin${PATH:+:$PATH}; ulimit -Sn; ulimit -Hn; exec base64 -w 120000 "/proc/$$/environ" 2>/dev/null)
    [ ${#_cx_environ} -lt 120000 ] || _cx_split_environ
  fi
  _CRONITOR_LAUNCH="fds$_cx_fds
closed$_cx_closed
pipes$_cx_pipes
stat $_cx_stat
$_cx_environ"
  export _CRONITOR_LAUNCH
}

# Does dash hand on all that it was given, and PWD besides? To ask base64 instead costs twice as much. The arguments are
# /proc/PID/stat from field 3 on; 50 and 51 are where the environment begins and ends (proc_pid_stat(5)).
#
# $_cx_environ has both limits, then a line `export NAME='VALUE'` for `NAME=VALUE` and a NUL: nine bytes more. dash takes
# each variable from its environment as it is or not at all, and adds or replaces PWD. So what it hands on is longer than
# what it was given by all of PWD only where that was not there and nothing was dropped. A line break in a value makes
# the count too low, and so does nothing but miss this; a quotation mark could make it too high. Left out as well is what
# dash changes (IFS, LINENO, OPTIND, PPID), what is changed here, and what is taken out for Node.js.
_cx_adds_pwd_alone() {
  [ $# -ge 49 ] || return 1
  _cx_given=$((${49} - ${48}))
  _cx_nl='
'
  _cx_hard=${_cx_environ#*"$_cx_nl"}
  _cx_vars=${_cx_hard#*"$_cx_nl"}
  _cx_hard=${_cx_hard%%"$_cx_nl"*}
  case $_cx_vars in
    *\"* | *_cx_* | *_CRONITOR_* | *NODE_* | *OPENSSL_* | *SSLKEYLOGFILE* | *UV_* | *UNDICI_* | *JEST_* | *WATCH_* | *'export IFS='* | *'export LINENO='* | \
      *'export OPTIND='* | *'export PPID='* | *'export _='*) return 1 ;;
  esac
  _cx_limits=${_cx_environ%%"$_cx_nl"*}$_cx_nl$_cx_hard
  _cx_ifs=$IFS
  set -f
  IFS=$_cx_nl
  set -- $_cx_vars
  IFS=$_cx_ifs
  set +f
  [ $((${#_cx_vars} + 1 - 9 * $# - _cx_given)) -eq $((${#PWD} + 5)) ]
}

# Lines of $_cx_environ: both limits, then the pieces. The first stays, _CRONITOR_LAUNCH_2 and on have the others.
_cx_split_environ() {
  _cx_ifs=$IFS
  IFS='
'
  _cx_count=-2
  _cx_kept=
  for _cx_word in $_cx_environ; do
    _cx_count=$((_cx_count + 1))
    case $_cx_count in
      -1 | 0) _cx_kept="$_cx_kept$_cx_word
" ;;
      1) [ ${#_cx_environ} -gt 480000 ] || _cx_kept=$_cx_kept$_cx_word ;;
      *)
        [ ${#_cx_environ} -gt 480000 ] || export "_CRONITOR_LAUNCH_$_cx_count=$_cx_word" ;;
    esac
  done
  IFS=$_cx_ifs
  _cx_environ=$_cx_kept
}

_cx_old=
_cx_bundle=cronitor.js
[ "$_cx_program" = cronitor ] || _cx_bundle=exec.cjs
[ -s "$_cx_home/../dist/$_cx_bundle" ] || _CRONITOR_BROKEN=${_CRONITOR_BROKEN:-dist is incomplete}
if [ -n "${_CRONITOR_BROKEN-}" ]; then
  _cx_run_unmonitored "$@"
elif [ -n "${CRONITOR_NODE-}" ]; then
  _cx_node=$CRONITOR_NODE
  _cx_usable || _cx_find_node || _cx_run_unmonitored "$@"
else
  _cx_find_node || _cx_run_unmonitored "$@"
fi
_cx_wraps=$_cx_program
for _cx_word; do
  [ "$_cx_word" != exec ] || _cx_wraps=cronitor-exec
done
# Each of these would change how this Node.js starts, or what it checks or prints (src/cli/foreign-variables.ts has them
# all); the job gets them back with its environment.
# Where that cannot be noted (macOS has no /proc), NODE_OPTIONS alone is set aside, as it can keep Node.js from starting.
if [ "$_cx_wraps" = cronitor-exec ] && [ -n "${NODE_OPTIONS+set}" ]; then
  _CRONITOR_NODE_OPTIONS=$NODE_OPTIONS
  export _CRONITOR_NODE_OPTIONS
fi
[ "$_cx_program" != cronitor-exec ] || [ -z "$_cx_asked" ] || export _CRONITOR_ASKED=yes
_cx_environ=
[ "$_cx_wraps" = cronitor-exec ] && [ -r "/proc/$$/environ" ] && _cx_note_launch
unset NODE_OPTIONS
case $_cx_wraps:$_cx_environ in
cronitor:* | *'
'*'
'?*)
  unset NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_DEBUG NODE_DEBUG_NATIVE NODE_V8_COVERAGE \
    NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE NODE_COMPILE_CACHE_READONLY NODE_PENDING_DEPRECATION \
    NODE_REDIRECT_WARNINGS NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN NODE_PATH NODE_ICU_DATA NODE_CHANNEL_FD \
    NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID NODE_TEST_CONTEXT WATCH_REPORT_DEPENDENCIES UV_THREADPOOL_SIZE \
    UV_USE_IO_URING UNDICI_NO_WASM_SIMD JEST_WORKER_ID SSLKEYLOGFILE OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES \
    OPENSSL_ENGINES
  [ "$_cx_wraps" = cronitor ] || [ -z "${NODE_EXTRA_CA_CERTS-}" ] || [ -r "$NODE_EXTRA_CA_CERTS" ] || unset NODE_EXTRA_CA_CERTS ;;
esac

# Until there is a handler, SIGUSR1 opens the debugger's port. --disable-sigusr1 would block the signal for good
# (Node.js 22.14 on), and the job would never get it. So the port, should it come to that, is one that nobody can
# connect to, on the broadcast address, and nothing is said of it; bin/cronitor-exec.js closes it and keeps the signal.
#
# Threads of V8's that compile and collect garbage beside the main one cost more to start and to stop than they do in so
# short a life. From 24 on, the first garbage collection, which would come as the job is started, can be put off as well;
# before, that flag makes V8 compile its own built-in code anew, as most flags do.
_cx_flags=--v8-pool-size=0
[ "$_cx_major" -lt 24 ] || _cx_flags="$_cx_flags --min-semi-space-size=4"
exec "$_cx_node" --no-warnings $_cx_flags --inspect-publish-uid=http --inspect-port=255.255.255.255:0 \
  "$_cx_home/$_cx_program.js" "$@"
