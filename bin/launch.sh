# Starts Node.js for bin/cronitor and bin/cronitor-exec. They source this file after setting _cx_program (their name),
# _cx_here (the folder of the path that was called) and _cx_home (the folder of this file).
#
# Node.js changes what its children inherit: descriptors, limits, signals, the environment. So this file first notes the
# original values in _CRONITOR_LAUNCH, and src/job/launch-notes.ts restores them for the job. If no Node.js starts here,
# the job runs unmonitored. Sections 3 and 4 are part of the executable's launcher too (scripts/executable-launcher.sh).
#
#   1. Choosing Node.js        which one, whether it is new enough, and whether it starts
#   2. Limits and variables    those that may keep Node.js from starting
#   3. Noting the job's state  descriptors, limits and the environment
#   4. Running unmonitored     the job without Node.js
#   5. The launch              the steps in their order: start reading here
#
# It must work in every POSIX sh (dash, bash, busybox, yash, mksh, ksh93) and is ASCII. All names begin with _cx_, so that
# no variable of the job is overwritten. A process costs a millisecond: the shell's own means are used wherever they do.

# --- 1. Choosing Node.js ---------------------------------------------------------------------------------------------

# Sets _cx_node to the first Node.js that is new enough and starts: CRONITOR_NODE, that of the program that uses the library,
# then in the folder of the path that was called, on PATH and in the usual folders. cron's PATH is /usr/bin:/bin, which
# rarely has it.
_cx_find_node() {
  # Not by the loop's own variable, which yash makes local to the function.
  for _cx_given in "${CRONITOR_NODE-}" "${_CRONITOR_HOST-}"; do
    _cx_node=$_cx_given
    [ -n "$_cx_node" ] && _cx_usable "$@" && return
  done
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

# True if $_cx_node is Node.js 20.19 or newer and starts here. Sets _cx_flags, or _cx_first_problem if it is not set yet.
_cx_usable() {
  [ -f "$_cx_node" ] && [ -x "$_cx_node" ] || return 1
  _cx_asked=
  _cx_leave_out=
  _cx_inspector=$_cx_no_debugger
  _cx_noted && _cx_is_new && [ -z "$_cx_tight" ] && return
  _cx_asked=yes
  _cx_starts "$@" && _cx_is_new
}

# True if the text is safe to print as it is.
_cx_is_plain() {
  case $1 in '' | *[!A-Za-z0-9_@%+:,./\ -]*) return 1 ;; esac
}

# Sets _cx_shown to what messages call $_cx_node.
_cx_show_node() {
  _cx_shown=$_cx_node
  _cx_is_plain "$_cx_shown" && return
  _cx_shown='a node whose path cannot be shown'
  [ "$_cx_node" != "${CRONITOR_NODE-}" ] || _cx_shown=CRONITOR_NODE
}

# True if $_cx_version is 20.19 or newer. Sets _cx_major and _cx_flags.
_cx_is_new() {
  _cx_major=${_cx_version#v}
  _cx_major=${_cx_major%%.*}
  _cx_minor=${_cx_version#*.}
  _cx_minor=${_cx_minor%%.*}
  if [ "$_cx_major" -gt 20 ] || { [ "$_cx_major" -eq 20 ] && [ "$_cx_minor" -ge 19 ]; }; then
    _cx_set_flags
    return 0
  fi
  if [ -z "$_cx_first_problem" ]; then
    _cx_show_node
    _cx_first_problem="$_cx_shown is too old"
    _cx_is_plain "$_cx_version" && _cx_first_problem="$_cx_shown is $_cx_version"
  fi
  return 1
}

# In so short a run, V8's threads for compiling and garbage collection cost more than they save. From Node.js 24 on, a
# larger young generation delays the first garbage collection, which would come while the job starts; in older versions
# that flag, as most flags, makes V8 compile its built-in code again.
_cx_set_flags() {
  _cx_flags="--no-warnings --v8-pool-size=0"
  [ "$_cx_major" -lt 24 ] || _cx_flags="$_cx_flags --min-semi-space-size=4"
  # Node.js then does not parse its certificate authorities: src/client/known-authority.ts names the one that is needed.
  [ "$_cx_program" = cronitor ] || [ -n "${NODE_EXTRA_CA_CERTS-}" ] || [ -z "$_cx_inspector" ] || _cx_flags="$_cx_flags --use-openssl-ca"
  _cx_flags="$_cx_flags $_cx_inspector"
}

# Until the program has set a handler, SIGUSR1 opens the debugger's port. --disable-sigusr1 (Node.js 22.14 and later) would
# block the signal for good, and the job would never get it. These flags make the port one that nobody can connect to, on
# the broadcast address, and suppress the message about it. bin/cronitor-exec.js closes the port and keeps the signal.
# A Node.js that was built without the inspector rejects the flags with status 9, and does not need them.
_cx_no_debugger='--inspect-publish-uid=http --inspect-port=255.255.255.255:0'

# True if a note says that $_cx_node starts: a trial would double the cost of a run. bin/save-code.js writes a note
# about each Node.js that has started, into the folder of the compiled code: a line `VERSION inspector|plain PATH`, then
# a line each for the file that PATH leads to and the libraries that it has loaded. The note comes from _CRONITOR_NODE;
# _CRONITOR_ASKED says that there is none yet. A note is valid while these files exist and neither they, the program's
# folder nor the files of the dynamic loader are newer. (Packages install files with old dates, so the folder's date
# counts.) Sets _cx_version and _cx_inspector.
_cx_noted() {
  [ -z "${_CRONITOR_OLD-}" ] || return 1
  case ${XDG_CACHE_HOME-} in /*) _cx_cache=$XDG_CACHE_HOME ;; *) _cx_cache=${HOME-}/.cache ;; esac
  for _cx_notes in "$_cx_home/../dist/code/nodes" "$_cx_cache/cronitor/code/nodes" /var/cache/cronitor/code/nodes; do
    [ -f "$_cx_notes" ] && [ -r "$_cx_notes" ] || continue
    # A cache below HOME may belong to another user.
    [ "$_cx_notes" = "$_cx_home/../dist/code/nodes" ] || [ -O "$_cx_notes" ] || continue
    _cx_read_notes < "$_cx_notes" && return
  done
  return 1
}

_cx_read_notes() {
  _cx_version=
  _cx_count=0
  # `read` costs a system call for each byte. There are at most eight notes, which have far fewer lines than this limit.
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

# True if $_cx_node starts with these arguments. If it does not, tries again without the inspector's flags, then without
# LD_LIBRARY_PATH and similar variables. Sets _cx_version, and _cx_leave_out to the variables to remove.
_cx_starts() {
  case "$_cx_tried" in *"
$_cx_node
"*) return 1 ;; esac
  _cx_tried="$_cx_tried$_cx_node
"
  [ -z "$_cx_timed_out" ] || return 1
  _cx_try "$@" || _cx_try_plain "$@" && return
  if [ -n "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ]; then
    _cx_leave_out='LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT'
    _cx_try "$@" || _cx_try_plain "$@" && return
  fi
  if [ "$_cx_status" = 137 ]; then
    # Most likely it took too long and was killed. Another Node.js would take as long.
    [ -z "$_cx_tight" ] || _cx_timed_out=yes
  else
    # An old Node.js that does not know the flags can still print its version.
    { _cx_version=$(_cx_clean_environment; exec $_cx_timeout "$_cx_node" --version < /dev/null); } 2>/dev/null
    ! _cx_is_version || _cx_is_new || return 1
  fi
  if [ -z "$_cx_first_problem" ]; then
    _cx_show_node
    _cx_first_problem="$_cx_shown ends with status $_cx_status${_cx_tight:+; $_cx_tight}"
  fi
  return 1
}

_cx_is_version() {
  case $_cx_version in v[0-9]*.[0-9]*.[0-9]*) ;; *) return 1 ;; esac
}

# bin/try.js does what the start of a job needs. The arguments are made 2 kB longer, since src/job/trampoline.ts adds as much.
_cx_try() {
  _cx_major=0
  _cx_set_flags
  _cx_word=$_cx_changed$_cx_changed
  {
    _cx_version=$(
      eval "$_cx_lower_limits"
      _cx_clean_environment
      exec $_cx_timeout "$_cx_node" $_cx_flags "$_cx_home/try.js" "$@" "$_cx_word$_cx_word$_cx_word" < /dev/null
    )
    _cx_status=$?
  } 2>/dev/null
  # Another program may print a version too.
  case $_cx_version in *' tried') _cx_version=${_cx_version% tried} ;; *) return 1 ;; esac
  [ "$_cx_status" -eq 0 ] && _cx_is_version
}

# Status 9 means an unknown flag: tries again without those of the inspector.
_cx_try_plain() {
  [ "$_cx_status" = 9 ] || return
  _cx_inspector=
  _cx_try "$@" && return
  _cx_inspector=$_cx_no_debugger
  return 1
}

# --- 2. Limits and variables -----------------------------------------------------------------------------------------

# Sets _cx_tight to the limits and variables that may keep Node.js from starting although it has started before; empty
# if there are none. Node.js is then tried first, under the lower limits that _cx_lower_limits sets.
_cx_find_tight_limits() {
  _cx_tight=
  [ -z "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ] || _cx_tight="$_cx_tight, LD_LIBRARY_PATH, LD_PRELOAD or LD_AUDIT"
  # In KiB. Node.js reserves address space and memory in advance, and newer versions reserve more.
  for _cx_name in v d; do
    eval "_cx_value=\$_cx_limit_$_cx_name"
    _cx_is_below "$_cx_value" 16000000 || continue
    _cx_tight="$_cx_tight, ulimit -$_cx_name $_cx_value"
    # The program needs more than bin/try.js: each thread of Node.js takes 72 MB of address space.
    if [ "$_cx_name" = v ]; then _cx_value=$((_cx_value - 500000)); else _cx_value=$((_cx_value - 100000)); fi
    [ "$_cx_value" -gt 0 ] || _cx_value=0
    _cx_lower_limits="$_cx_lower_limits ulimit -$_cx_name $_cx_value;"
  done
  ! _cx_is_below "$_cx_limit_s" 1024 || _cx_tight="$_cx_tight, ulimit -s $_cx_limit_s"
  if _cx_is_below "$_cx_limit_u" 512; then
    _cx_tight="$_cx_tight, ulimit -u $_cx_limit_u"
    # The job and the courier start processes as well.
    _cx_value=$((_cx_limit_u - 8))
    [ "$_cx_value" -gt 0 ] || _cx_value=0
    _cx_lower_limits="$_cx_lower_limits ulimit -u $_cx_value 2>/dev/null || ulimit -p $_cx_value;"
  fi
  # In Linux, arguments and environment may take a quarter of the stack limit, and 6 MB (execve(2)).
  if _cx_is_below "$_cx_limit_s" 24576; then
    [ "$_cx_size" -lt $((_cx_limit_s * 128)) ] || _cx_tight="$_cx_tight, $_cx_size bytes of arguments and environment"
  else
    [ "$_cx_size" -lt 3000000 ] || _cx_tight="$_cx_tight, $_cx_size bytes of arguments and environment"
  fi
  _cx_tight=${_cx_tight#, }
}

# True if enough descriptors are left: Node.js opens some 20 files, and as many again to send events. Inherited ones
# count too.
_cx_has_descriptors() {
  _cx_is_below "$_cx_limit_hn" 2000 || return 0
  _cx_count=$_cx_limit_hn
  for _cx_number in $_cx_fds; do _cx_count=$((_cx_count - 1)); done
  [ "$_cx_count" -ge 48 ]
}

# True if $1 is a number below $2. `unlimited` is not.
_cx_is_below() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -lt "$2" ]
}

# Removes the variables that change how Node.js starts, or what the program checks or prints
# (src/system/foreign-variables.ts has the reasons). The job gets them back with its environment. If the environment
# cannot be noted (macOS has no /proc), removes only NODE_OPTIONS and those in _cx_leave_out, and saves them as
# _CRONITOR_KEPT_NAME.
_cx_clean_environment() {
  for _cx_name in NODE_OPTIONS $_cx_leave_out; do
    eval "_cx_value=\${$_cx_name+x}\${$_cx_name-}"
    [ -n "$_cx_value" ] || continue
    [ "$_cx_acts_as" != cronitor-exec ] || export "_CRONITOR_KEPT_$_cx_name=${_cx_value#x}"
    unset "$_cx_name"
  done
  [ -n "$_cx_environ" ] || [ "$_cx_acts_as" = cronitor ] || return 0
  unset NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_DEBUG NODE_DEBUG_NATIVE NODE_V8_COVERAGE \
    NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE NODE_COMPILE_CACHE_READONLY NODE_PENDING_DEPRECATION \
    NODE_REDIRECT_WARNINGS NODE_PRESERVE_SYMLINKS NODE_PRESERVE_SYMLINKS_MAIN NODE_PATH NODE_ICU_DATA NODE_CHANNEL_FD \
    NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID NODE_TEST_CONTEXT WATCH_REPORT_DEPENDENCIES UV_THREADPOOL_SIZE \
    UV_USE_IO_URING SSLKEYLOGFILE OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES \
    OPENSSL_ENGINES
  [ "$_cx_acts_as" = cronitor ] || [ -z "${NODE_EXTRA_CA_CERTS-}" ] || [ -r "$NODE_EXTRA_CA_CERTS" ] || unset NODE_EXTRA_CA_CERTS
}

# --- 3. Noting the job's state ---------------------------------------------------------------------------------------

# Linux only. Sets _cx_fds to the descriptors from 3 on that the job would inherit, and _cx_closed to those of 0, 1 and 2
# that are closed. This shell's own descriptors are close-on-exec (O_CLOEXEC is octal 2000000 in fdinfo).
_cx_note_descriptors() {
  _cx_fds=
  _cx_closed=
  for _cx_fd in /proc/$$/fdinfo/*; do
    _cx_number=${_cx_fd##*/}
    case $_cx_number in [012]) continue ;; esac
    # The library's own (src/commands/host-channel.ts).
    [ -z "${_CRONITOR_HOST-}" ] || [ "$_cx_number" != 3 ] || continue
    [ -e "/proc/$$/fd/$_cx_number" ] || continue
    # Skips the scripts that this shell reads: if 3 to 9 are in use, dash does not set that flag on them. This test
    # comes first, because the other one costs a system call for each byte.
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

# Sets _cx_pipes to two pipes for the job's output. They come from here-documents, which the usual shells of Linux make with
# pipe(2); src/job/pipe.ts opens the other ends by /proc/self/fd. Each holds this process's number as a mark, because the
# descriptor may be something else in Node.js: ksh and mksh do not pass on descriptors above 2. Without pipes, Node.js makes
# FIFOs, which takes a process.
_cx_open_pipes() {
  _cx_pipes=
  [ -z "${KSH_VERSION-}" ] || return
  for _cx_number in 3 4 5 6 7 8 9; do
    case "$_cx_fds${_CRONITOR_HOST:+ 3} " in *" $_cx_number "*) continue ;; esac
    eval "command exec $_cx_number<<_cx_end
$$
_cx_end" || return
    _cx_pipes="$_cx_pipes $_cx_number"
    case $_cx_pipes in ' '?' '?) break ;; esac
  done
}

# Exports _CRONITOR_LAUNCH. /proc/PID/environ has the environment as this shell got it; shells do not pass it on unchanged
# (dash drops names such as BASH_FUNC_x%% and a.b, and adds PWD). It is noted in base64. `own` means that Node.js finds
# it unchanged in its own environment, but for PWD. If it is large, the note is `own` and the variables that shells may
# change, since arguments and environment share one limit.
_cx_note_launch() {
  _cx_note_descriptors
  _cx_open_pipes
  _cx_measure $_cx_stat
  # If SHLVL is set, another shell has most likely set PWD too.
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

# Sets _cx_size to the bytes of arguments and environment, and _cx_environ_size to those of the environment. Its arguments are
# the fields of /proc/PID/stat from 3 on; 48 to 51 are the addresses where both begin and end (proc_pid_stat(5)).
_cx_measure() {
  _cx_size=0
  _cx_environ_size=0
  [ $# -ge 49 ] || return
  _cx_size=$((${49} - ${46}))
  _cx_environ_size=$((${49} - ${48}))
}

# Prints six limits, a line each, then `--`. The option for the number of processes is -p in dash, -u in other shells.
_cx_limits() {
  for _cx_limit in -Sn -Hn -s -v -d; do ulimit "$_cx_limit" || echo unlimited; done
  ulimit -u || ulimit -p || echo unlimited
  echo --
} 2>/dev/null

# Moves these lines from the front of $_cx_environ to _cx_limit_*. In lksh, ulimit prints nothing; two limits are then
# read from /proc.
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

# Prints the environment in base64, in lines of 120,000: a variable may have 128 KiB (Linux, MAX_ARG_STRLEN).
_cx_encode() {
  PATH=/usr/bin:/bin${PATH:+:$PATH}
  [ "$_cx_size" -ge 90000 ] || exec base64 -w 120000 "/proc/$$/environ"
  # _cx_end shows that grep supports -z. Without it, launch-notes.ts uses the environment of Node.js.
  { echo own; { LC_ALL=C grep -zaE "$_cx_changed" "/proc/$$/environ" || [ $? -eq 1 ] && printf '_cx_end=\0'; } | base64 -w 120000; }
}

# A pattern for the variables that shells drop or set, and those that this file sets or removes.
_cx_changed='^([^=]*[^A-Za-z0-9_=]|[0-9]|(PWD|OLDPWD|SHLVL|_|IFS|LINENO|OPT[A-Z]*|PPID|PS[0-9]|RANDOM|SECONDS|UID|EUID|GROUPS|HIST[A-Z]*|BASH[A-Z_]*|[A-Z]*SH[A-Z]*_VERSION|SHELLOPTS|COLUMNS|LINES|FUNCNAME|EPOCH[A-Z]*|_cx_[^=]*|_CRONITOR_[^=]*|(NODE|OPENSSL|SSL|LD|UV|WATCH|BUN|JSC)[^=]*)=)'

# True if dash passes on its environment unchanged but for an added PWD. It saves base64, 0.02 to 0.05 of the start
# (bench/RESULTS.md, "Trims").
#
# $_cx_environ has a line `export NAME='VALUE'` for each `NAME=VALUE` and a NUL, nine bytes more. dash passes on a variable
# unchanged or not at all, and adds or replaces PWD. So the environment is longer than before by exactly PWD only if there
# was no PWD and nothing was dropped. A line break in a value makes the count too low, which only means base64; a quotation
# mark could make it too high. Excluded too are the variables that dash changes (IFS, LINENO, OPTIND, PPID), those that this
# file sets, and those that it removes for Node.js.
_cx_adds_pwd_alone() {
  case $_cx_environ in
    *\"* | *_cx_* | *_CRONITOR_* | *NODE_* | *OPENSSL_* | *SSL* | *LD_* | *UV_* | \
      *WATCH_* | *BUN_* | *JSC_* | *'export IFS='* | *'export LINENO='* | \
      *'export OPTIND='* | *'export PPID='* | *'export _='*) return 1 ;;
  esac
  _cx_ifs=$IFS
  set -f
  IFS=$_cx_nl
  set -- $_cx_environ
  IFS=$_cx_ifs
  set +f
  [ $((${#_cx_environ} + 1 - 9 * $# - _cx_environ_size)) -eq $((${#PWD} + 5)) ]
}

# Moves all lines of $_cx_environ but the first to _CRONITOR_LAUNCH_2, _CRONITOR_LAUNCH_3 and so on. Appends a blank to
# `own`.
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

# --- 4. Running unmonitored ------------------------------------------------------------------------------------------

# Becomes the job, if its command can be found among the arguments. $_cx_why and $_cx_do are the reason and the advice
# in the message.
_cx_run_unmonitored() {
  trap - EXIT
  [ -z "${BASH_VERSION-}" ] || shopt -u execfail 2>/dev/null
  [ -z "${_CRONITOR_HOST-}" ] || exec 3>&-
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
  # The options may be unknown to this file. After options, only `--` shows where the command begins.
  [ -z "$_cx_options" ] || [ "${1-}" = -- ] || _cx_fail 125
  [ "${1-}" != -- ] || shift
  [ $# -gt 0 ] || _cx_fail 125
  # From here on as in src/job/command.ts. _cx_sets is `yes` for assignments only, `yes.` for assignments and a command,
  # `.` for a command only.
  _cx_sets=
  for _cx_word; do
    case $_cx_word in
      [!A-Za-z_]* | *[!A-Za-z0-9_]*=* | =*) ;;
      *=*) _cx_sets=yes && continue ;;
    esac
    _cx_sets="$_cx_sets."
    break
  done
  # A single argument without special characters is a program or an assignment; any other is a command line for the
  # shell.
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

# Sets _cx_shell to the shell for command lines: --shell, CRONITOR_SHELL, SHELL or /bin/sh. Skips programs that lock an
# account.
_cx_find_shell() {
  for _cx_word in "$_cx_shell" "${SHELL-}" /bin/sh; do
    _cx_shell=$_cx_word # In yash, a loop's variable is local to the function.
    case $_cx_shell in
      */nologin | */false | */true | */sync | */halt | */shutdown | */noshell | */nullshell | */nosh | */git-shell | */scponly | \
        */rssh | */sftp-server) continue ;;
      /*) [ -f "$_cx_shell" ] && [ -x "$_cx_shell" ] && return ;;
    esac
  done
}

# Undoes the changes of this file to the environment, and those of an earlier launch (bin/old-node.js).
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
  unset _CRONITOR_LAUNCH _CRONITOR_ASKED _CRONITOR_NODE _CRONITOR_BROKEN _CRONITOR_OLD _CRONITOR_HOST _CRONITOR_HOST_KEYS
}

# True if $1 is an option. Sets _cx_length: 2 if its value is the next argument (src/commands/ lists them), else 1.
_cx_is_option() {
  case $1 in
    -- | [!-]* | '') return 1 ;;
    -k | -p | -n | -c | -l | -u | --api-key | --api-key-file | --ping-api-key | --env | --hostname | --url | --method | \
      --deliver-within | --spool-dir | --spool-max-age | --spool-max-size | --config | --log | --users | \
      --api-version | --series | --shell | --success-status | \
      --timeout | --kill-after | --signal | --warn-after | --deadline | --retries | --retry-delay | --retry-backoff | --retry-on | --no-retry-on | \
      --note | --buffer-size | --fail-if | --require | --metric-from | --redact | \
      --lock-name | --lock-slots | --lock-wait | --on-locked | --lock-dir | --splay | --jitter) _cx_length=2 ;;
    *) _cx_length=1 ;;
  esac
  case $1 in
    --shell) _cx_shell=$2 ;;
    --shell=*) _cx_shell=${1#*=} ;;
    --print-command) _cx_fail 125 ;;
  esac
}

_cx_fail() {
  echo "$_cx_program: $_cx_why, nothing was done. $_cx_do" >&2
  exit "$1"
}

# --- 5. The launch ---------------------------------------------------------------------------------------------------

_cx_nl='
'
_cx_first_problem=
_cx_timed_out=
_cx_tight=
_cx_tried='
'
_cx_lower_limits=
_cx_environ=
_cx_fds=
_cx_pipes=
_cx_leave_out=
_cx_size=0
_cx_stat=
for _cx_name in n hn s v d u; do eval "_cx_limit_$_cx_name="; done
_cx_acts_as=$_cx_program
for _cx_word; do
  [ "$_cx_word" != exec ] || _cx_acts_as=cronitor-exec
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

# Notes the ignored and blocked signals before this shell changes them: yash and mksh block signals that have traps.
# bash and busybox ignore QUIT; setting a trap undoes that, unless QUIT was ignored from the start.
if [ "$_cx_acts_as" = cronitor-exec ] && [ -r /proc/self/environ ]; then
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap : QUIT
  read -r _cx_stat < /proc/self/stat
  # Else /proc is that of another PID namespace, and has another process under this number.
  case $_cx_stat in "$$ "*) _cx_stat=${_cx_stat##*")"} ;; *) _cx_stat= ;; esac
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap - QUIT
fi

# A shell exits if it cannot start a process or cannot become Node.js, and then runs this trap. bash and ksh also run it
# on a signal, so other traps end the shell on these signals without it.
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
# In KiB. Every version of Node.js needs more address space than this; with a little less it may hang.
if _cx_is_below "$_cx_limit_v" 1200000; then
  _cx_why="ulimit -v $_cx_limit_v is too low for Node.js"
  _cx_do='See ulimit -v.'
  _cx_run_unmonitored "$@"
fi
_cx_find_tight_limits
_cx_timeout=
# In seconds. Many starts at the same time make Node.js slow.
_cx_seconds=30
[ -z "$_cx_tight" ] || _cx_seconds=10
[ ! -x /usr/bin/timeout ] || _cx_timeout="/usr/bin/timeout -s KILL $_cx_seconds"
if _cx_find_node "$@"; then
  _cx_show_node
  _cx_why="$_cx_shown cannot be started"
  _cx_do='Run it to see why.'
else
  _cx_why="no Node.js 20.19 or newer was found${_cx_first_problem:+ ($_cx_first_problem)}"
  _cx_do='Install Node.js or set CRONITOR_NODE.'
  case $_cx_first_problem in *' ends with status '*) _cx_why="no Node.js 20.19 or newer starts here ($_cx_first_problem)" ;; esac
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
