# Starts Node.js for bin/cronitor and bin/cronitor-exec, which source this file with _cx_program, _cx_here and
# _cx_home set. Node.js changes what a child inherits from it, so this file first notes what would be lost, in
# _CRONITOR_LAUNCH, for src/job/launch-notes.ts to undo. If no Node.js starts here, the job runs unmonitored.
#
# Written for every POSIX sh (dash, bash, busybox, yash, mksh, ksh93), in ASCII. Each variable is called _cx_..., so that
# none of the job's is overwritten. Nothing here starts a process if the shell itself can tell: a process costs a
# millisecond.

# --- Node.js ---------------------------------------------------------------------------------------------------------

# The first Node.js that is new enough and starts: $CRONITOR_NODE, beside the link that was called, on PATH, in the usual
# places. cron's PATH is /usr/bin:/bin, which has no Node.js that was installed by hand.
_cx_find_node() {
  if [ -n "${CRONITOR_NODE-}" ]; then
    _cx_node=$CRONITOR_NODE
    _cx_usable "$@" && return
  fi
  set -f
  _cx_ifs=$IFS
  IFS=:
  for _cx_dir in "$_cx_here" $PATH /usr/local/bin /usr/bin /opt/homebrew/bin /opt/local/bin /opt/node/bin /opt/nodejs/bin /snap/bin; do
    IFS=$_cx_ifs
    _cx_node=$_cx_dir/node
    _cx_usable "$@" && { set +f; return 0; }
  done
  IFS=$_cx_ifs
  set +f
  return 1
}

# Is $_cx_node a Node.js from 20.19 up that starts here? Sets _cx_flags; what stops it is kept in _cx_fault.
_cx_usable() {
  [ -f "$_cx_node" ] && [ -x "$_cx_node" ] || return 1
  _cx_asked=
  _cx_leave_out=
  _cx_inspector=$_cx_no_debugger
  _cx_noted && _cx_is_new && [ -z "$_cx_strain" ] && return
  _cx_asked=yes
  _cx_starts "$@" && _cx_is_new
}

# May it be shown on a terminal as it stands, in one line?
_cx_is_plain() {
  case $1 in '' | *[!A-Za-z0-9_@%+:,./\ -]*) return 1 ;; esac
}

# Sets _cx_shown.
_cx_show_node() {
  _cx_shown=$_cx_node
  _cx_is_plain "$_cx_shown" && return
  _cx_shown='a node whose path cannot be shown'
  [ "$_cx_node" != "${CRONITOR_NODE-}" ] || _cx_shown=CRONITOR_NODE
}

# Takes $_cx_version apart.
_cx_is_new() {
  _cx_major=${_cx_version#v}
  _cx_major=${_cx_major%%.*}
  _cx_minor=${_cx_version#*.}
  _cx_minor=${_cx_minor%%.*}
  if [ "$_cx_major" -gt 20 ] || { [ "$_cx_major" -eq 20 ] && [ "$_cx_minor" -ge 19 ]; }; then
    _cx_set_flags
    return 0
  fi
  if [ -z "$_cx_fault" ]; then
    _cx_show_node
    _cx_fault="$_cx_shown is too old"
    _cx_is_plain "$_cx_version" && _cx_fault="$_cx_shown is $_cx_version"
  fi
  return 1
}

# Threads of V8's that compile and collect garbage beside the main one cost more to start and to stop than they do in so
# short a life. From 24 on, the first garbage collection, which would come as the job is started, can be put off as well;
# before, that flag makes V8 compile its own built-in code anew, as most flags do.
_cx_set_flags() {
  _cx_flags="--no-warnings --v8-pool-size=0"
  [ "$_cx_major" -lt 24 ] || _cx_flags="$_cx_flags --min-semi-space-size=4"
  _cx_flags="$_cx_flags $_cx_inspector"
}

# Until there is a handler, SIGUSR1 opens the debugger's port. --disable-sigusr1 would block the signal for good
# (Node.js 22.14 on), and the job would never get it. So the port, should it come to that, is one that nobody can
# connect to, on the broadcast address, and nothing is said of it; bin/cronitor-exec.js closes it and keeps the signal.
# A Node.js that was built without the inspector refuses these flags with status 9, and does not need them.
_cx_no_debugger='--inspect-publish-uid=http --inspect-port=255.255.255.255:0'

# To start a Node.js only to see whether it starts would double the cost of a run. bin/save-code.js notes one that has
# started, beside the code that it keeps, as _CRONITOR_NODE tells it, and at once if there was no note (_CRONITOR_ASKED):
# a line `VERSION inspector|plain PATH`, then the file that PATH leads to and the libraries that it has loaded. The note is
# believed as long as all of them are there and neither they, the folder of the program nor the loader's own files have
# been changed since. (Packages bring files with old dates, so the folder's date counts.)
_cx_noted() {
  [ -z "${_CRONITOR_OLD-}" ] || return 1
  case ${XDG_CACHE_HOME-} in /*) _cx_cache=$XDG_CACHE_HOME ;; *) _cx_cache=${HOME-}/.cache ;; esac
  for _cx_notes in "$_cx_home/../dist/code/nodes" "$_cx_cache/cronitor/code/nodes" /var/cache/cronitor/code/nodes; do
    [ -f "$_cx_notes" ] && [ -r "$_cx_notes" ] || continue
    # HOME may be another user's.
    [ "$_cx_notes" = "$_cx_home/../dist/code/nodes" ] || [ -O "$_cx_notes" ] || continue
    _cx_read_notes < "$_cx_notes" && return
  done
  return 1
}

_cx_read_notes() {
  _cx_version=
  _cx_count=0
  # A line costs a system call for each of its bytes, and eight notes have far fewer.
  while [ "$_cx_count" -lt 400 ] && IFS= read -r _cx_line; do
    _cx_count=$((_cx_count + 1))
    case $_cx_line in
      "v"*" $_cx_node")
        _cx_version=${_cx_line%% *}
        _cx_real=
        case $_cx_line in *' plain /'*) _cx_inspector= ;; *' inspector /'*) _cx_inspector=$_cx_no_debugger ;; *) return 1 ;; esac ;;
      /*)
        [ -n "$_cx_version" ] || continue
        [ -f "$_cx_line" ] && [ ! "$_cx_line" -nt "$_cx_notes" ] || return 1
        [ -n "$_cx_real" ] || _cx_real=$_cx_line ;;
      *) [ -z "$_cx_version" ] || break ;;
    esac
  done
  [ -n "$_cx_version" ] && [ "$_cx_node" -ef "$_cx_real" ] && [ ! "${_cx_real%/*}" -nt "$_cx_notes" ] &&
    [ ! /etc/ld.so.cache -nt "$_cx_notes" ] && [ ! /etc/ld.so.preload -nt "$_cx_notes" ]
}

# What may keep a Node.js from starting that has started before: with any of these it is tried first.
_cx_look_for_strain() {
  _cx_strain=
  [ -z "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ] || _cx_strain="$_cx_strain, LD_LIBRARY_PATH, LD_PRELOAD or LD_AUDIT"
  # Node.js reserves address space and memory in advance, more with each version.
  for _cx_name in v d; do
    eval "_cx_value=\$_cx_limit_$_cx_name"
    _cx_is_below "$_cx_value" 16000000 || continue
    _cx_strain="$_cx_strain, ulimit -$_cx_name $_cx_value"
    # The program needs more than bin/try.js, and each thread of Node.js's takes 72 MB of address space.
    if [ "$_cx_name" = v ]; then _cx_value=$((_cx_value - 500000)); else _cx_value=$((_cx_value - 100000)); fi
    [ "$_cx_value" -gt 0 ] || _cx_value=0
    _cx_margin="$_cx_margin ulimit -$_cx_name $_cx_value;"
  done
  ! _cx_is_below "$_cx_limit_s" 1024 || _cx_strain="$_cx_strain, ulimit -s $_cx_limit_s"
  if _cx_is_below "$_cx_limit_u" 512; then
    _cx_strain="$_cx_strain, ulimit -u $_cx_limit_u"
    # What the job starts needs room as well, and more than bin/try.js does the courier.
    _cx_value=$((_cx_limit_u - 8))
    [ "$_cx_value" -gt 0 ] || _cx_value=0
    _cx_margin="$_cx_margin ulimit -u $_cx_value 2>/dev/null || ulimit -p $_cx_value;"
  fi
  # Arguments and environment may take a quarter of the stack, and at most 6 MB.
  if _cx_is_below "$_cx_limit_s" 24576; then
    [ "$_cx_size" -lt $((_cx_limit_s * 128)) ] || _cx_strain="$_cx_strain, $_cx_size bytes of arguments and environment"
  else
    [ "$_cx_size" -lt 3000000 ] || _cx_strain="$_cx_strain, $_cx_size bytes of arguments and environment"
  fi
  _cx_strain=${_cx_strain#, }
}

# Node.js has some 20 files open, and as many more once it sends; those that the job inherits are open as well.
_cx_has_descriptors() {
  _cx_is_below "$_cx_limit_hn" 2000 || return 0
  _cx_count=$_cx_limit_hn
  for _cx_number in $_cx_fds; do _cx_count=$((_cx_count - 1)); done
  [ "$_cx_count" -ge 48 ]
}

# Anything but a number is `unlimited`.
_cx_is_below() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -lt "$2" ]
}

# Starts $_cx_node as it would be started for the arguments, and then without what it may not stand. Sets _cx_version.
_cx_starts() {
  case "$_cx_tried" in *"
$_cx_node
"*) return 1 ;; esac
  _cx_tried="$_cx_tried$_cx_node
"
  [ -z "$_cx_hung" ] || return 1
  _cx_try "$@" || _cx_try_plain "$@" && return
  if [ -n "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ]; then
    _cx_leave_out='LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT'
    _cx_try "$@" || _cx_try_plain "$@" && return
  fi
  if [ "$_cx_status" = 137 ]; then
    # Ended for its time, most likely. Another would take as long.
    [ -z "$_cx_strain" ] || _cx_hung=yes
  else
    # One that is too old for the flags has only its version to say.
    { _cx_version=$(_cx_clean_environment; exec $_cx_within "$_cx_node" --version < /dev/null); } 2>/dev/null
    ! _cx_is_version || _cx_is_new || return 1
  fi
  if [ -z "$_cx_fault" ]; then
    _cx_show_node
    _cx_fault="$_cx_shown ends with status $_cx_status${_cx_strain:+; $_cx_strain}"
  fi
  return 1
}

_cx_is_version() {
  case $_cx_version in v[0-9]*.[0-9]*.[0-9]*) ;; *) return 1 ;; esac
}

# bin/try.js does what the start of a job needs. What src/job/trampoline.ts puts in front of the job must fit as well, so the
# arguments are made longer by 2 kB.
_cx_try() {
  _cx_major=0
  _cx_set_flags
  _cx_word=$_cx_changed$_cx_changed
  {
    _cx_version=$(
      eval "$_cx_margin"
      _cx_clean_environment
      exec $_cx_within "$_cx_node" $_cx_flags "$_cx_home/try.js" "$@" "$_cx_word$_cx_word$_cx_word" < /dev/null
    )
    _cx_status=$?
  } 2>/dev/null
  # A program that answers anything with a version is none.
  case $_cx_version in *' tried') _cx_version=${_cx_version% tried} ;; *) return 1 ;; esac
  [ "$_cx_status" -eq 0 ] && _cx_is_version
}

# Without the flags that only a Node.js with an inspector has.
_cx_try_plain() {
  [ "$_cx_status" = 9 ] || return
  _cx_inspector=
  _cx_try "$@" && return
  _cx_inspector=$_cx_no_debugger
  return 1
}

# --- The job's surroundings, as they are now -------------------------------------------------------------------------

# Linux alone: descriptors 3 and up that the job would have inherited (not those of this shell, which are
# close-on-exec: O_CLOEXEC is octal 2000000 in fdinfo), then those of 0, 1, 2 that are closed. Sets _cx_fds, _cx_closed.
_cx_note_descriptors() {
  _cx_fds=
  _cx_closed=
  for _cx_fd in /proc/$$/fdinfo/*; do
    _cx_number=${_cx_fd##*/}
    case $_cx_number in [012]) continue ;; esac
    [ -e "/proc/$$/fd/$_cx_number" ] || continue
    # The scripts that this shell reads: with 3 to 9 all in use, dash leaves them without that flag. They come first,
    # since a line that is read costs a system call for each of its bytes.
    [ "/proc/$$/fd/$_cx_number" -ef "$0" ] || [ "/proc/$$/fd/$_cx_number" -ef "$_cx_home/launch.sh" ] && continue
    while read -r _cx_name _cx_value; do
      [ "$_cx_name" = flags: ] && break
    done < "$_cx_fd"
    case $_cx_value in *[2367]??????) continue ;; esac
    _cx_fds="$_cx_fds $_cx_number"
  done
  for _cx_number in 0 1 2; do
    [ -e "/proc/$$/fd/$_cx_number" ] || _cx_closed="$_cx_closed $_cx_number"
  done
}

# Two pipes for the job's output, out of here-documents: the shells that Linux has as sh make those with pipe(2).
# Node.js opens the other end by /proc/self/fd. The process's number is in it, by which Node.js knows that the pipe is
# this one: ksh and its kin keep descriptors above 2 from programs, and Node.js has pipes of its own. Where there is none,
# it makes FIFOs itself. Sets _cx_pipes.
_cx_open_pipes() {
  _cx_pipes=
  [ -z "${KSH_VERSION-}" ] || return
  for _cx_number in 3 4 5 6 7 8 9; do
    case "$_cx_fds " in *" $_cx_number "*) continue ;; esac
    eval "command exec $_cx_number<<_cx_end
$$
_cx_end" || return
    _cx_pipes="$_cx_pipes $_cx_number"
    case $_cx_pipes in ' '?' '?) break ;; esac
  done
}

# /proc/PID/environ has the bytes that this shell was given, which it does not hand on as they were: dash drops names
# that are none of its own (BASH_FUNC_x%%, a.b) and adds PWD. `own` stands for what Node.js finds in its own environment.
# One that takes much of the room that it shares with the arguments is noted as `own` and what shells may change of it.
_cx_note_launch() {
  _cx_note_descriptors
  _cx_open_pipes
  _cx_measure $_cx_stat
  # Where a shell is above, it has most likely set PWD.
  if [ -z "${SHLVL-}" ] && [ "/proc/$$/exe" -ef /bin/dash ]; then
    { _cx_environ=$(_cx_limits; export -p); } 2>/dev/null
    _cx_take_limits
    if _cx_adds_pwd_alone; then _cx_environ=own; else _cx_environ=$(_cx_encode); fi
  else
    { _cx_environ=$(_cx_limits; _cx_encode); } 2>/dev/null
    _cx_take_limits
  fi
  case $_cx_environ in *"$_cx_nl"*) _cx_split_environ ;; esac
  _CRONITOR_LAUNCH="fds$_cx_fds
closed$_cx_closed
pipes$_cx_pipes
stat $_cx_stat
$_cx_limit_n
$_cx_limit_hn
$_cx_environ"
  export _CRONITOR_LAUNCH
}

# The arguments are /proc/PID/stat from field 3 on; 48 to 51 are where the arguments begin and end, and the environment
# (proc_pid_stat(5)).
_cx_measure() {
  _cx_size=0
  _cx_given=0
  [ $# -ge 49 ] || return
  _cx_size=$((${49} - ${46}))
  _cx_given=$((${49} - ${48}))
}

# Six lines, then `--`. dash calls the number of processes -p, the others -u.
_cx_limits() {
  for _cx_limit in -Sn -Hn -s -v -d; do ulimit "$_cx_limit" || echo unlimited; done
  ulimit -u || ulimit -p || echo unlimited
  echo --
} 2>/dev/null

# Takes these lines from the front of $_cx_environ. lksh has a ulimit that says nothing.
_cx_take_limits() {
  _cx_value=
  while [ -n "$_cx_environ" ]; do
    _cx_line=${_cx_environ%%"$_cx_nl"*}
    case $_cx_environ in
      *"$_cx_nl"*) _cx_environ=${_cx_environ#*"$_cx_nl"} ;;
      *) _cx_environ= ;;
    esac
    [ "$_cx_line" != -- ] || break
    _cx_value="$_cx_value $_cx_line"
  done
  set -- $_cx_value
  if [ $# -eq 6 ]; then
    _cx_limit_n=$1 _cx_limit_hn=$2 _cx_limit_s=$3 _cx_limit_v=$4 _cx_limit_d=$5 _cx_limit_u=$6
    return
  fi
  while read -r _cx_name _cx_line _cx_value _cx_limit_n _cx_limit_hn _cx_fd; do
    [ "$_cx_name $_cx_line" != 'Max open' ] || return 0
  done < "/proc/$$/limits"
}

# base64 in lines of 120,000, since no argument may be longer than 128 KiB (Linux, MAX_ARG_STRLEN).
_cx_encode() {
  PATH=/usr/bin:/bin${PATH:+:$PATH}
  [ "$_cx_size" -ge 90000 ] || exec base64 -w 120000 "/proc/$$/environ"
  # The end shows that grep knows -z: without, Node.js takes the environment as it finds it.
  { echo own; { LC_ALL=C grep -zaE "$_cx_changed" "/proc/$$/environ" || [ $? -eq 1 ] && printf '_cx_end=\0'; } | base64 -w 120000; }
}

# Variables that shells drop or set, and those that this file sets or takes away.
_cx_changed='^([^=]*[^A-Za-z0-9_=]|[0-9]|(PWD|OLDPWD|SHLVL|_|IFS|LINENO|OPT[A-Z]*|PPID|PS[0-9]|RANDOM|SECONDS|UID|EUID|GROUPS|HIST[A-Z]*|BASH[A-Z_]*|[A-Z]*SH[A-Z]*_VERSION|SHELLOPTS|COLUMNS|LINES|FUNCNAME|EPOCH[A-Z]*|_cx_[^=]*|_CRONITOR_[^=]*|(NODE|OPENSSL|SSL|LD|UV|UNDICI|JEST|WATCH)[^=]*)=)'

# Does dash hand on all that it was given, and PWD besides? To ask base64 instead costs twice as much.
#
# $_cx_environ has a line `export NAME='VALUE'` for `NAME=VALUE` and a NUL: nine bytes more. dash takes
# each variable from its environment as it is or not at all, and adds or replaces PWD. So what it hands on is longer than
# what it was given by all of PWD only where that was not there and nothing was dropped. A line break in a value makes
# the count too low, and so does nothing but miss this; a quotation mark could make it too high. Left out as well is what
# dash changes (IFS, LINENO, OPTIND, PPID), what is changed here, and what is taken out for Node.js.
_cx_adds_pwd_alone() {
  case $_cx_environ in
    *\"* | *_cx_* | *_CRONITOR_* | *NODE_* | *OPENSSL_* | *SSL* | *LD_* | *UV_* | *UNDICI_* | \
      *JEST_* | *WATCH_* | *'export IFS='* | *'export LINENO='* | \
      *'export OPTIND='* | *'export PPID='* | *'export _='*) return 1 ;;
  esac
  _cx_ifs=$IFS
  set -f
  IFS=$_cx_nl
  set -- $_cx_environ
  IFS=$_cx_ifs
  set +f
  [ $((${#_cx_environ} + 1 - 9 * $# - _cx_given)) -eq $((${#PWD} + 5)) ]
}

# The first line stays, _CRONITOR_LAUNCH_2 and on have the others. `own` is followed by a blank.
_cx_split_environ() {
  _cx_ifs=$IFS
  IFS=$_cx_nl
  _cx_count=0
  _cx_kept=
  for _cx_word in $_cx_environ; do
    case $_cx_word in own) _cx_kept='own ' && continue ;; esac
    _cx_count=$((_cx_count + 1))
    if [ "$_cx_count" -eq 1 ]; then
      _cx_kept=$_cx_kept$_cx_word
    else
      export "_CRONITOR_LAUNCH_$_cx_count=$_cx_word"
    fi
  done
  IFS=$_cx_ifs
  _cx_environ=$_cx_kept
}

# For a shell that becomes Node.js: each of these would change how it starts, or what it checks or prints
# (src/system/foreign-variables.ts has them all). The job gets them back with its environment; if that cannot be noted (macOS has no /proc), only what can keep Node.js from starting is taken
# out, and kept as _CRONITOR_KEPT_NAME.
_cx_clean_environment() {
  for _cx_name in NODE_OPTIONS $_cx_leave_out; do
    eval "_cx_value=\${$_cx_name+x}\${$_cx_name-}"
    [ -n "$_cx_value" ] || continue
    [ "$_cx_wraps" != cronitor-exec ] || export "_CRONITOR_KEPT_$_cx_name=${_cx_value#x}"
    unset "$_cx_name"
  done
  [ -n "$_cx_environ" ] || [ "$_cx_wraps" = cronitor ] || return 0
  unset NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_DEBUG NODE_DEBUG_NATIVE NODE_V8_COVERAGE \
    NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE NODE_COMPILE_CACHE_READONLY NODE_PENDING_DEPRECATION \
    NODE_REDIRECT_WARNINGS NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN NODE_PATH NODE_ICU_DATA NODE_CHANNEL_FD \
    NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID NODE_TEST_CONTEXT WATCH_REPORT_DEPENDENCIES UV_THREADPOOL_SIZE \
    UV_USE_IO_URING UNDICI_NO_WASM_SIMD JEST_WORKER_ID SSLKEYLOGFILE OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES \
    OPENSSL_ENGINES
  [ "$_cx_wraps" = cronitor ] || [ -z "${NODE_EXTRA_CA_CERTS-}" ] || [ -r "$NODE_EXTRA_CA_CERTS" ] || unset NODE_EXTRA_CA_CERTS
}

# --- Without Node.js -------------------------------------------------------------------------------------------------

# The job runs all the same, unmonitored, if the command can be told. $_cx_why and $_cx_do are what is said of it.
_cx_run_unmonitored() {
  trap - EXIT
  [ -z "${BASH_VERSION-}" ] || shopt -u execfail 2>/dev/null
  for _cx_number in $_cx_pipes; do eval "exec $_cx_number<&-"; done
  _cx_put_back
  _cx_options=
  _cx_shell=${CRONITOR_SHELL-}
  if [ "$_cx_program" = cronitor ]; then
    while _cx_is_option "${1-}" "${2-}" && [ "$_cx_length" -le $# ]; do
      _cx_options=yes
      shift "$_cx_length"
    done
    [ "${1-}" = exec ] || _cx_fail 1
    shift
  fi
  while _cx_is_option "${1-}" "${2-}"; do
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
  # What follows is told apart as it is with Node.js (src/job/command.ts).
  _cx_sets=
  for _cx_word; do
    case $_cx_word in
      [!A-Za-z_]* | *[!A-Za-z0-9_]*=* | =*) ;;
      *=*) _cx_sets=yes && continue ;;
    esac
    _cx_sets="$_cx_sets."
    break
  done
  # A single word: a program if it is plain, an assignment if it is a plain one, else a line for the shell.
  if [ $# -eq 1 ]; then
    case $1 in *[!A-Za-z0-9_@%+:,./=-]* | '') _cx_sets=. ;; esac
  fi
  [ "$_cx_sets" != yes ] || _cx_fail 125
  echo "cronitor-exec: $_cx_why; the job runs unmonitored. $_cx_do" >&2
  [ "$_cx_sets" = . ] || exec /usr/bin/env "$@"
  [ $# -gt 1 ] || case $1 in
    *[!A-Za-z0-9_@%+:,./-]* | '') _cx_find_shell && exec "$_cx_shell" -c "$1" ;;
  esac
  exec "$@"
}

# The shell for command lines: the one that was asked for, SHELL, or /bin/sh. What stands as the shell of accounts that are
# nobody's to use runs nothing.
_cx_find_shell() {
  for _cx_word in "$_cx_shell" "${SHELL-}" /bin/sh; do
    _cx_shell=$_cx_word # In yash, the variable of a loop is the function's own.
    case $_cx_shell in
      */nologin | */false | */true | */sync | */halt | */shutdown | */noshell | */nullshell | */nosh | */git-shell | */scponly | \
        */rssh | */sftp-server) continue ;;
      /*) [ -f "$_cx_shell" ] && [ -x "$_cx_shell" ] && return ;;
    esac
  done
}

# The environment as it was before this file: where Node.js could not be started, or was and has stepped back.
_cx_put_back() {
  for _cx_name in NODE_OPTIONS LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT; do
    eval "_cx_value=\${_CRONITOR_KEPT_$_cx_name+x}\${_CRONITOR_KEPT_$_cx_name-}"
    [ -z "$_cx_value" ] || export "$_cx_name=${_cx_value#x}"
    unset "_CRONITOR_KEPT_$_cx_name"
  done
  _cx_count=2
  while eval "[ -n \"\${_CRONITOR_LAUNCH_$_cx_count-}\" ]"; do
    unset "_CRONITOR_LAUNCH_$_cx_count"
    _cx_count=$((_cx_count + 1))
  done
  unset _CRONITOR_LAUNCH _CRONITOR_ASKED _CRONITOR_NODE _CRONITOR_BROKEN _CRONITOR_OLD
}

# Sets _cx_length: 2 for an option whose value is the next word (from exec-options.ts and settings-options.ts), else 1.
_cx_is_option() {
  case $1 in
    -- | [!-]* | '') return 1 ;;
    -k | -p | -n | -c | -l | -u | --api-key | --api-key-file | --ping-api-key | --env | --hostname | --url | --method | \
      --deliver-within | --spool-dir | --spool-max-age | --spool-max-size | --config | --log | --users | \
      --api-version | --series | --shell) _cx_length=2 ;;
    *) _cx_length=1 ;;
  esac
  case $1 in
    --shell) _cx_shell=$2 ;;
    --shell=*) _cx_shell=${1#*=} ;;
  esac
}

_cx_fail() {
  echo "$_cx_program: $_cx_why, nothing was done. $_cx_do" >&2
  exit "$1"
}

# --- What is done ----------------------------------------------------------------------------------------------------

_cx_nl='
'
_cx_fault=
_cx_hung=
_cx_strain=
_cx_tried='
'
_cx_margin=
_cx_environ=
_cx_fds=
_cx_pipes=
_cx_leave_out=
_cx_size=0
_cx_stat=
for _cx_name in n hn s v d u; do eval "_cx_limit_$_cx_name="; done
_cx_wraps=$_cx_program
for _cx_word; do
  [ "$_cx_word" != exec ] || _cx_wraps=cronitor-exec
done

_cx_bundle=cronitor.js
[ "$_cx_program" = cronitor ] || _cx_bundle=exec.cjs
[ -s "$_cx_home/../dist/$_cx_bundle" ] && [ -r "$_cx_home/../dist/$_cx_bundle" ] && [ -r "$_cx_home/$_cx_program.js" ] ||
  _CRONITOR_BROKEN=${_CRONITOR_BROKEN:-dist is incomplete}
if [ -n "${_CRONITOR_BROKEN-}" ]; then
  _cx_is_plain "$_CRONITOR_BROKEN" || _CRONITOR_BROKEN='its files cannot be read'
  _cx_why="the installation is damaged ($_CRONITOR_BROKEN)"
  _cx_do='Install cronitor-exec again.'
  _cx_run_unmonitored "$@"
fi

# Signals that are ignored and blocked, before this shell does something with them (yash and mksh block those with traps).
# bash and busybox ignore QUIT themselves, but take a trap for it only if it was not ignored before.
if [ "$_cx_wraps" = cronitor-exec ] && [ -r "/proc/$$/environ" ]; then
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap : QUIT
  read -r _cx_stat < "/proc/$$/stat"
  _cx_stat=${_cx_stat##*")"}
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap - QUIT
fi

# A shell that can start no process, or not become Node.js, ends at that point, which the trap notices. ksh and bash run
# it on a signal as well: those are given an end of their own.
_cx_why='no process can be started'
_cx_do='See ulimit -u.'
trap '_cx_run_unmonitored "$@"' EXIT
if [ -n "${BASH_VERSION-}${KSH_VERSION-}" ]; then
  for _cx_word in HUP INT TERM; do trap "trap - EXIT $_cx_word; kill -$_cx_word \$\$" "$_cx_word"; done
  shopt -s execfail 2>/dev/null
fi

[ -z "$_cx_stat" ] || _cx_note_launch
if ! _cx_has_descriptors; then
  _cx_why="no more than $_cx_limit_hn files may be open, which are too few for Node.js"
  _cx_do='See ulimit -Hn.'
  _cx_run_unmonitored "$@"
fi
# Every version has needed more address space than this; with a little less it may hang instead of giving up.
if _cx_is_below "$_cx_limit_v" 1200000; then
  _cx_why="ulimit -v $_cx_limit_v is too low for Node.js"
  _cx_do='See ulimit -v.'
  _cx_run_unmonitored "$@"
fi
_cx_look_for_strain
_cx_within=
# With many starts at once, Node.js takes long for its own.
_cx_seconds=30
[ -z "$_cx_strain" ] || _cx_seconds=10
[ ! -x /usr/bin/timeout ] || _cx_within="/usr/bin/timeout -s KILL $_cx_seconds"
if _cx_find_node "$@"; then
  _cx_show_node
  _cx_why="$_cx_shown cannot be started"
  _cx_do='Run it to see why.'
else
  _cx_why="no Node.js 20.19 or newer was found${_cx_fault:+ ($_cx_fault)}"
  _cx_do='Install Node.js or set CRONITOR_NODE.'
  # The first fault is told.
  case $_cx_fault in *' ends with status '*) _cx_why="no Node.js 20.19 or newer starts here ($_cx_fault)" ;; esac
  _cx_run_unmonitored "$@"
fi
if [ "$_cx_program" = cronitor-exec ]; then
  [ -z "$_cx_asked" ] || export _CRONITOR_ASKED=yes
  if [ -n "$_cx_inspector" ]; then _CRONITOR_NODE="inspector $_cx_node"; else _CRONITOR_NODE="plain $_cx_node"; fi
  export _CRONITOR_NODE
fi
_cx_clean_environment
command exec "$_cx_node" $_cx_flags "$_cx_home/$_cx_program.js" "$@"
_cx_run_unmonitored "$@"
