#!/bin/sh
# cronitor-exec: runs a job and reports it to the Cronitor Telemetry API. Starts the executable `cronitor` in the same folder.
#
# The runtime in the executable changes what its children inherit: it raises the limit of open files, resets ignored signals
# and opens closed descriptors. It may not start at all. So this script first notes the original values in _CRONITOR_LAUNCH,
# and src/job/launch-notes.ts restores them for the job. If the executable does not start here, the job runs unmonitored.
# A link named cronitor-exec to the executable does the same, but for this.
#
# It must work in every POSIX sh and is ASCII. All names begin with _cx_, so that no variable of the job is overwritten.
# scripts/build-executable.mjs puts sections of bin/launch.sh in the places that are marked.

# <launch.sh, section 3>
# <launch.sh, section 4>
# --- What may keep the executable from starting ----------------------------------------------------------------------

# Sets _cx_tight to limits and variables with which the executable may not start; empty if there are none. It is then tried
# first, under the lower limits that _cx_lower_limits sets.
_cx_find_tight_limits() {
  [ -z "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ] || _cx_tight="$_cx_tight, LD_LIBRARY_PATH, LD_PRELOAD or LD_AUDIT"
  # On Linux, the runtime reads the bounds of its stack there, and aborts without it. macOS has no such folder.
  [ ! -d /proc ] || [ -r /proc/self/maps ] || _cx_tight="$_cx_tight, no /proc"
  # In KiB. A run needs more than the trial.
  for _cx_name in v d; do
    eval "_cx_value=\$_cx_limit_$_cx_name"
    _cx_is_below "$_cx_value" 1500000 || continue
    _cx_tight="$_cx_tight, ulimit -$_cx_name $_cx_value"
    _cx_value=$((_cx_value - 200000))
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
  [ -n "$_cx_tight" ] || ! _cx_is_untried || _cx_tight=', for the first time since it was installed'
  _cx_tight=${_cx_tight#, }
}

# True if $1 is a number below $2. `unlimited` is not.
_cx_is_below() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -lt "$2" ]
}

# True if the executable has not started since it was installed: it may be incomplete, or made for another system, and would die
# without having run the job. A file in the user's cache notes that it has started. Packages install files with old dates, so the
# folder's date counts too. Where no note can be written, the executable would be tried in each run, so that it is not tried.
_cx_is_untried() {
  case ${XDG_CACHE_HOME-} in /*) _cx_cache=$XDG_CACHE_HOME ;; *) _cx_cache=${HOME:-/dev/null}/.cache ;; esac
  _cx_cache=$_cx_cache/cronitor
  _cx_set_note
  [ "$_cx_note" -nt "$_cx_executable" ] && [ ! "$_cx_home" -nt "$_cx_note" ] && return 1
  [ -d "$_cx_cache" ] || PATH=/usr/bin:/bin mkdir -p "$_cx_cache" || return 1
  [ -w "$_cx_cache" ]
} 2>/dev/null

# One file for each executable: its path with % for each slash.
_cx_set_note() {
  _cx_ifs=$IFS
  set -f
  IFS=/
  set -- $_cx_executable
  IFS=%
  _cx_note="$_cx_cache/started$*"
  IFS=$_cx_ifs
  set +f
}

# True if the executable prints its version. If not, tries again without LD_LIBRARY_PATH and similar variables.
_cx_starts() {
  _cx_try && return
  [ -n "${LD_LIBRARY_PATH-}${LD_PRELOAD-}${LD_AUDIT-}" ] || return 1
  _cx_leave_out='LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT'
  _cx_try
}

_cx_try() {
  _cx_timeout=
  [ ! -x /usr/bin/timeout ] || _cx_timeout='/usr/bin/timeout -s KILL 10'
  {
    _cx_version=$(
      eval "$_cx_lower_limits"
      _cx_clean_environment
      exec $_cx_timeout "$_cx_executable" --version < /dev/null
    )
    _cx_status=$?
  } 2>/dev/null
  case $_cx_version in 'cronitor-exec '[0-9]*) ;; *) return 1 ;; esac
  { [ -z "$_cx_note" ] || : > "$_cx_note"; } 2>/dev/null
  return 0
}

# Saves variables as _CRONITOR_KEPT_NAME and removes them, because the runtime reads them too. One that begins with BUN_ may stop
# it, or make it do something else.
_cx_clean_environment() {
  _cx_cleaned="$_cx_leave_out NODE_OPTIONS NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_SYSTEM_CA NODE_DEBUG NODE_CHANNEL_FD \
    NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID NODE_V8_COVERAGE NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS \
    UV_THREADPOOL_SIZE SSLKEYLOGFILE"
  [ -z "${NODE_EXTRA_CA_CERTS-}" ] || [ -r "$NODE_EXTRA_CA_CERTS" ] || _cx_cleaned="$_cx_cleaned NODE_EXTRA_CA_CERTS"
  # Without /proc, and if dash passes on the environment unchanged, none is set.
  if [ "$_cx_environ" != own ]; then
    _cx_ifs=$IFS
    IFS=$_cx_nl
    set -f
    for _cx_word in $(export -p); do
      case $_cx_word in *' BUN_'*) _cx_word=BUN_${_cx_word#*' BUN_'} ;; *) continue ;; esac
      _cx_word=${_cx_word%%=*}
      case $_cx_word in *[!A-Za-z0-9_]*) ;; *) _cx_cleaned="$_cx_cleaned $_cx_word" ;; esac
    done
    set +f
    IFS=$_cx_ifs
  fi
  for _cx_name in $_cx_cleaned; do
    eval "_cx_value=\${$_cx_name+x}\${$_cx_name-}"
    [ -n "$_cx_value" ] || continue
    export "_CRONITOR_KEPT_$_cx_name=${_cx_value#x}"
    unset "$_cx_name"
  done
  # The runtime would keep the address of a host for 30 seconds, and would collect garbage each second while it has nothing to do.
  # A thread of it would prepare memory in advance, which a short run does not use.
  # It reads these variables before any script runs. The interval is in milliseconds.
  export BUN_FEATURE_FLAG_DISABLE_DNS_CACHE=1 BUN_GC_TIMER_INTERVAL=10000 BUN_JSC_useWarmUpMarkedBlocks=0
}

_cx_restore_environment() {
  [ -z "$_cx_cleaned" ] || unset BUN_FEATURE_FLAG_DISABLE_DNS_CACHE BUN_GC_TIMER_INTERVAL BUN_JSC_useWarmUpMarkedBlocks
  for _cx_name in $_cx_cleaned; do
    eval "_cx_value=\${_CRONITOR_KEPT_$_cx_name+x}\${_CRONITOR_KEPT_$_cx_name-}"
    [ -z "$_cx_value" ] || export "$_cx_name=${_cx_value#x}"
    unset "_CRONITOR_KEPT_$_cx_name"
  done
}

# The runtime uses SIGPWR (30), and prints a line if it is ignored. It then gets another signal for the same purpose.
_cx_choose_signal() {
  set -- $_cx_stat
  case ${31-} in '' | *[!0-9]*) return ;; esac
  [ $((${31} / 536870912 % 2)) -eq 0 ] || export JSC_SIGNAL_FOR_GC=40
}

# If the working directory was removed, keeps it open as descriptor $_cx_folder, and changes to another: without one, the
# runtime does not start. Shells then leave PWD empty, or at the former path.
_cx_leave_removed_folder() {
  [ ! "${PWD:-/dev/null/none}" -ef . ] || return
  case $(PATH=/usr/bin:/bin readlink "/proc/$$/cwd" 2>/dev/null) in *' (deleted)') ;; *) return ;; esac
  for _cx_number in 9 8 7 6 5 4 3; do
    case "$_cx_fds$_cx_pipes " in *" $_cx_number "*) continue ;; esac
    { eval "command exec $_cx_number<." && cd /; } 2>/dev/null || return
    _CRONITOR_FOLDER=$_cx_number
    export _CRONITOR_FOLDER
    return
  done
}

# --- The launch ------------------------------------------------------------------------------------------------------

_cx_program=cronitor-exec
_cx_acts_as=cronitor-exec
_cx_home=$0
while [ -L "$_cx_home" ]; do
  _cx_link=$(readlink "$_cx_home")
  case $_cx_link in /*) _cx_home=$_cx_link ;; *) _cx_home=${_cx_home%/*}/$_cx_link ;; esac
done
_cx_home=${_cx_home%/*}
case $_cx_home in /*) ;; *) _cx_home=$PWD/$_cx_home ;; esac
_cx_executable=$_cx_home/cronitor
_cx_nl='
'
_cx_tight=
_cx_lower_limits=
_cx_leave_out=
_cx_cleaned=
_cx_note=
_cx_environ=
_cx_fds=
_cx_pipes=
_cx_stat=
for _cx_name in n hn s v d u; do eval "_cx_limit_$_cx_name="; done

# Notes the ignored and blocked signals before this shell changes them, as bin/launch.sh does.
if [ -r /proc/self/environ ]; then
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap : QUIT
  read -r _cx_stat < /proc/self/stat
  # Else /proc is that of another PID namespace, and has another process under this number.
  case $_cx_stat in "$$ "*) _cx_stat=${_cx_stat##*")"} ;; *) _cx_stat= ;; esac
  [ -n "${KSH_VERSION-}${YASH_VERSION-}" ] || trap - QUIT
fi

# A shell exits if it cannot start a process or cannot become the executable, and then runs this trap. bash and ksh also run
# it on a signal, so other traps end the shell on these signals without it.
_cx_why='no process can be started'
_cx_do='See ulimit -u.'
trap '_cx_restore_environment; _cx_run_unmonitored "$@"' EXIT
if [ -n "${BASH_VERSION-}${KSH_VERSION-}" ]; then
  for _cx_word in HUP INT TERM; do trap "trap - EXIT $_cx_word; kill -$_cx_word \$\$" "$_cx_word"; done
  shopt -s execfail 2>/dev/null
fi

# yash and ksh93 end without that trap if there is no such file. An empty file is an empty script for every shell.
if ! { [ -f "$_cx_executable" ] && [ -s "$_cx_executable" ] && [ -x "$_cx_executable" ]; }; then
  _cx_why='the installation is damaged (cronitor is missing, empty or not executable)'
  _cx_do='Install cronitor-exec again.'
  _cx_run_unmonitored "$@"
fi

# Without notes (no /proc), the variable still says that this is the wrapper.
if [ -n "$_cx_stat" ]; then _cx_note_launch; else export _CRONITOR_LAUNCH=; fi
_cx_choose_signal
_cx_leave_removed_folder
# The program opens fewer than 16 files at a time. Inherited ones count too.
_cx_count=16
for _cx_number in $_cx_fds; do _cx_count=$((_cx_count + 1)); done
if _cx_is_below "$_cx_limit_hn" "$_cx_count"; then
  _cx_why="no more than $_cx_limit_hn files may be open, which are too few"
  _cx_do='See ulimit -Hn.'
  _cx_run_unmonitored "$@"
fi
_cx_find_tight_limits
if [ -n "$_cx_tight" ] && ! _cx_starts; then
  _cx_why="the executable ends with status $_cx_status ($_cx_tight)"
  _cx_do='Run cronitor to see why.'
  _cx_run_unmonitored "$@"
fi
_cx_why="the executable cannot be started"
_cx_do='Install it again.'
_cx_clean_environment
command exec "$_cx_executable" "$@"
_cx_restore_environment
_cx_run_unmonitored "$@"
