#!/bin/sh
# job-facts.sh NAME: writes what the shell that runs this line was given, for test/e2e/crontab/. The file is in the folder
# that `where` names, beside this script.
folder=${0%/*}
out=$folder/$(cat "$folder/where")/$1
shell=/proc/$PPID
# A shell may block all signals while it starts a command (dash does, around vfork), and this script is that command. On a
# busy host it runs before its shell goes on. Once the shell sleeps, it waits for this script, with the signals as it got them.
while grep -q '^State:.[DR]' "$shell/status"; do sleep 0.01; done
{
  echo "arguments: $*"
  echo 'environment:'
  tr '\0' '\n' <"$shell/environ"
  echo "command: $(tr '\0' '|' <"$shell/cmdline")"
  echo "folder: $(readlink "$shell/cwd")"
  echo "umask: $(umask)"
  ulimit -S -a
  ulimit -H -a
  id
  tty
  # proc_pid_stat(5): group, session, terminal, foreground group and nice value.
  set -- $(sed 's/.*) //' "$shell/stat")
  [ "$3" = "$PPID" ] && [ "$4" = "$PPID" ] && echo 'leads its group and session'
  echo "terminal: $5 $6, nice: ${17}"
  grep -E '^(Sig(Blk|Ign)|Groups|NoNewPrivs|Cap)' "$shell/status"
  echo descriptors: "$shell"/fd/*
  stat -L -c 'input: %F' "$shell/fd/0"
  [ "$shell/fd/1" -ef "$shell/fd/2" ] && echo 'stdout and stderr are one file'
  # Not its content: Debian's cron has a file there.
  (: >>"$shell/fd/2") 2>/dev/null && echo 'stderr can be opened'
  echo 'input:'
  cat
} 2>&1 | sed "s/$PPID/PID/g" >"$out.new"
mv "$out.new" "$out"
