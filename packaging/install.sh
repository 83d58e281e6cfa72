#!/bin/sh
# Installs the files that are beside this script, for all users of a host or for one:
#
#   install.sh [--prefix DIR] [--uninstall] [--dry-run]
#
# It works in every POSIX sh, needs no network, and changes nothing outside DIR. The file `contents` has a line for each file and
# link: its kind and mode (or the link's target), and its path below DIR.
set -u
umask 022
export LC_ALL=C

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
usage() {
  printf 'install.sh: %s; see install.sh --help\n' "$*" >&2
  exit 2
}

help() {
  cat <<'HELP'
Usage: install.sh [--prefix DIR] [--uninstall] [--dry-run]

Installs cronitor-exec and cronitor with manual pages and completions.

  --prefix DIR  where to install (default: /usr/local for root, else ~/.local)
  --uninstall   remove what was installed there; settings and spool stay
  --dry-run     print what would be done, and change nothing
  --help        show this help

Run it again to upgrade: jobs may start meanwhile.
HELP
}

# --- The command line ------------------------------------------------------------------------------------------------

prefix=
action=install
dry=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -gt 1 ] || usage '--prefix needs a folder'
      prefix=$2
      shift
      ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --uninstall) action=uninstall ;;
    --dry-run) dry=1 ;;
    -h | --help) help && exit 0 ;;
    *) usage "there is no option '$1'" ;;
  esac
  shift
done

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(CDPATH='' cd -- "$here" && pwd -P) || fail 'its own folder cannot be read'
if [ -z "$prefix" ]; then
  case $here in
    # It is installed itself.
    */lib/cronitor-exec) prefix=${here%/lib/cronitor-exec} ;;
    *)
      if [ "$(id -u)" -eq 0 ]; then
        prefix=/usr/local
      else
        case ${HOME-} in /*) prefix=$HOME/.local ;; *) fail 'HOME is not set: name a folder with --prefix' ;; esac
      fi
      ;;
  esac
fi
case $prefix in
  /) prefix= ;;
  /*/) prefix=${prefix%/} ;;
  /*) ;;
  *) usage "--prefix $prefix: expected an absolute path" ;;
esac
program=$prefix/lib/cronitor-exec
manifest=$program/installed-files

# True if this script has installed the path $2, as the kind $1.
is_ours() {
  [ -f "$manifest" ] || return 1
  while read -r kind _ path; do
    [ "$kind $path" != "$1 $2" ] || return 0
  done <"$manifest"
  return 1
}

# --- Uninstalling ----------------------------------------------------------------------------------------------------

# Removes a path below the prefix.
remove() {
  if [ -n "$dry" ]; then
    say "would remove $prefix/$1"
  else
    rm -f "$prefix/$1" || fail "$prefix/$1 cannot be removed"
  fi
}

# Removes the folders in the lines of a manifest, those in others first. One that is not empty stays.
remove_folders() {
  printf '%s\n' "$1" | sed -n 's/^folder - //p' | sort -r | while read -r path; do
    rmdir "$prefix/$path" 2>/dev/null || :
  done
}

uninstall() {
  [ -f "$manifest" ] || fail "this script has installed nothing in ${prefix:-/}"
  while read -r kind target path; do
    [ -n "$kind" ] || continue
    case /$path/ in */../* | //*) fail "$manifest is damaged: nothing was removed" ;; esac
  done <"$manifest"
  while read -r kind target path; do
    case $kind in
      file) remove "$path" ;;
      # Another program may have replaced it since.
      link) [ "$(readlink "$prefix/$path")" != "$target" ] || remove "$path" ;;
    esac
  done <"$manifest"
  if [ -z "$dry" ]; then
    kept=$(cat "$manifest")
    rm -f "$manifest"
    remove_folders "$kept"
    say "cronitor-exec was removed from ${prefix:-/}. Settings (/etc/cronitor, ~/.config/cronitor) and events that are not delivered (/var/spool/cronitor, ~/.local/state/cronitor) stay."
  fi
}

# --- Installing ------------------------------------------------------------------------------------------------------

temporary=
clean_up() {
  for path in $temporary; do rm -f "$prefix/$path"; done
}

# Fails if a file that is needed belongs to something else. Sets `skipped` to others of which that is true.
check_foreign() {
  skipped=' '
  while read -r kind target path; do
    at=$prefix/$path
    [ -e "$at" ] || [ -L "$at" ] || continue
    [ ! -d "$at" ] || [ -L "$at" ] || fail "$at is a folder: nothing was installed"
    ! is_ours "$kind" "$path" || continue
    # An earlier installation that was interrupted.
    [ "$kind" != link ] || [ "$(readlink "$at")" != "$target" ] || continue
    case $path in
      bin/cronitor-exec | lib/*) fail "$at belongs to another installation: remove that first, or choose another --prefix" ;;
    esac
    skipped="$skipped$path "
    say "$at belongs to another program, and stays as it is."
  done <"$here/contents"
}

# Makes the folder of a path, and writes those that are new to the manifest's lines.
make_folder() {
  case $1 in */*) ;; *) return 0 ;; esac
  make_folder "${1%/*}"
  [ -d "$prefix/${1%/*}" ] && return 0
  mkdir -p "$prefix/${1%/*}" || fail "$prefix/${1%/*} cannot be made"
  made="$made
folder - ${1%/*}"
}

# The reason, if a program does not start from the folder.
why_not_started() {
  printf '#!/bin/sh\nexit 0\n' >"$program/.try.$$"
  chmod 755 "$program/.try.$$"
  if ! "$program/.try.$$" 2>/dev/null; then
    rm -f "$program/.try.$$"
    say "programs cannot be run from $program (is it mounted noexec?): choose another --prefix"
    return
  fi
  rm -f "$program/.try.$$"
  read -r wanted <"$here/target"
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) machine=linux-x64 ;;
    Linux-aarch64) machine=linux-arm64 ;;
    *) machine=$(uname -s)-$(uname -m) ;;
  esac
  for loader in /lib/ld-musl-*; do
    # Some hosts have both libraries.
    [ ! -e "$loader" ] || [ -e /lib64/ld-linux-x86-64.so.2 ] || [ -e /lib/ld-linux-aarch64.so.1 ] || machine=$machine-musl
  done
  if [ "$machine" = "$wanted" ]; then
    say "the program does not start on this machine: $1"
  else
    say "this archive is for $wanted, and this machine is $machine"
  fi
}

# Copies a file to a temporary name beside its place.
copy() {
  new=${1%/*}/.${1##*/}.new.$$
  temporary="$temporary $new"
  make_folder "$1"
  cp "$here/$1" "$prefix/$new" && chmod "$2" "$prefix/$new" || fail "$prefix/$1 cannot be written"
}

write_manifest() {
  printf '%s\n' "$1" >"$manifest.new.$$" && mv -f "$manifest.new.$$" "$manifest" || fail "$manifest cannot be written"
}

install_all() {
  [ -f "$here/contents" ] || fail 'there is nothing to install beside it: unpack the whole archive, and run install.sh there'
  while read -r kind _ path; do
    [ "$kind" != file ] || [ -f "$here/$path" ] || fail "$here/$path is missing: unpack the archive again"
  done <"$here/contents"
  check_foreign
  if [ -n "$dry" ]; then
    while read -r _ _ path; do
      case $skipped in *" $path "*) ;; *) say "would write $prefix/$path" ;; esac
    done <"$here/contents"
    return
  fi

  before=
  [ ! -f "$manifest" ] || before=$(cat "$manifest")
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  made=
  copy lib/cronitor-exec/cronitor 755
  # Before anything is replaced.
  if ! problem=$("$prefix/$new" --version 2>&1); then
    problem=$(why_not_started "$problem")
    rm -f "$prefix/$new"
    remove_folders "$made"
    fail "$problem; nothing was installed"
  fi
  files=
  while read -r kind target path; do
    case $skipped in *" $path "*) continue ;; esac
    files="$files
$kind $target $path"
    if [ "$kind" = file ]; then
      [ "$path" = lib/cronitor-exec/cronitor ] || copy "$path" "$target"
    else
      make_folder "$path"
      new=${path%/*}/.${path##*/}.new.$$
      temporary="$temporary $new"
      ln -s "$target" "$prefix/$new" || fail "$prefix/$path cannot be made"
    fi
  done <"$here/contents"
  after=$(printf '%s\n' "$before" "$made" "$files" | grep -E '^folder ' | sort -u)$files
  # If it is interrupted now, all that is there can be removed.
  write_manifest "$before$made$files"
  # A rename takes no time: each job finds the old or the new program.
  while read -r _ _ path; do
    case $skipped in *" $path "*) continue ;; esac
    mv -f "$prefix/${path%/*}/.${path##*/}.new.$$" "$prefix/$path" || fail "$prefix/$path cannot be replaced"
  done <"$here/contents"
  printf '%s\n' "$before" | while read -r kind target path; do
    case $kind in file | link) ;; *) continue ;; esac
    case "$after
" in *" $path
"*) ;; *) rm -f "$prefix/$path" ;; esac
  done
  write_manifest "$after"
  tell
}

# What cron and the user's shell find.
tell() {
  say "$("$program/cronitor" --version) is installed in ${prefix:-/}."
  cron_path=/usr/bin:/bin
  case :$cron_path: in
    *":$prefix/bin:"*) say "cron finds it: its PATH is $cron_path." ;;
    *) say "cron has the PATH $cron_path, and does not find it: write $prefix/bin/cronitor-exec in crontabs, as \`cronitor crontab wrap\` does." ;;
  esac
  found=$(command -v cronitor-exec)
  if [ -z "$found" ]; then
    say "Your PATH does not have $prefix/bin: add it in ~/.profile."
  elif [ "$(readlink -f "$found")" != "$(readlink -f "$program/cronitor-exec")" ]; then
    say "Your PATH has another cronitor-exec in front of it: $found."
  fi
  say "To remove it: $program/install.sh --uninstall"
}

case $action in
  install) install_all ;;
  uninstall) uninstall ;;
esac
