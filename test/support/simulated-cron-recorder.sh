#!/mnt/real/bin/dash
# Stands in the place of a program that a job calls, and writes down how it was called.
# The process's session is the job: cron starts each in one of its own.
name=${0##*/}
# Some are called with a random number.
[ "$name" != sleep ] || exit 0

IFS= read -r stat </proc/self/stat
stat=${stat##*) }
stat=${stat#* } # the state
parent=${stat%% *}
stat=${stat#* }
stat=${stat#* } # the group
session=${stat%% *}
record=/mnt/records/$session.$$

printf '%s\0' "$0" "$@" >"$record.arguments"
/mnt/real/bin/cat /proc/$$/environ >"$record.environment"
/mnt/real/bin/cat >"$record.stdin"
{
  umask
  /mnt/real/bin/readlink /proc/$$/cwd
  /mnt/real/bin/nice
  ulimit -a
  /mnt/real/bin/id
  while IFS= read -r line; do
    case $line in SigIgn* | SigBlk*) printf '%s\n' "$line" ;; esac
  done </proc/$$/status
} >"$record.state"

case $name in
  date) exec /mnt/real/bin/date -u -d '2026-03-04 05:06:07' "$@" ;;
  find | rm) exit 0 ;;
  sudo | chronic) exec "$@" ;;
esac
printf '%s: %s\n' "$name" "$*"
case $name in
  php | curl | *.sh) printf '%s: a message\n' "$name" >&2 ;;
esac
case $name in
  *fail* | *quota* | wget) exit 3 ;;
  weekly*) kill -TERM $$ ;;
esac
exit 0
