# The lock folder of root must exist before another user can take its name: in some distributions, /run/lock is writable for
# everyone. systemd-tmpfiles makes it at each boot, and here.
make_lock_folder() {
  if command -v systemd-tmpfiles >/dev/null; then
    systemd-tmpfiles --create cronitor-exec.conf || true
  elif [ -d /run/lock ] && [ ! -e /run/lock/cronitor ] && [ ! -L /run/lock/cronitor ]; then
    mkdir -m 0700 /run/lock/cronitor || true
  fi
}
