# /usr/bin/cronitor is no file of the package, because the official client may be installed there. It is a link that these
# functions make if the name is free, and remove if it is still theirs.
link=/usr/bin/cronitor
target=../lib/cronitor-exec/cronitor

link_cronitor() {
  if [ "$(readlink "$link")" = "$target" ]; then
    :
  elif [ -e "$link" ] || [ -L "$link" ]; then
    echo "cronitor-exec: $link belongs to another program and stays as it is. Use cronitor-exec, or /usr/lib/cronitor-exec/cronitor for the other commands."
  else
    ln -s "$target" "$link"
  fi
}

unlink_cronitor() {
  [ "$(readlink "$link")" != "$target" ] || rm -f "$link"
}
