# A job behind the wrapper does not run without it.
warn_of_crontabs() {
  tabs=$(grep -ls cronitor-exec /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* /var/spool/cron/* 2>/dev/null) || true
  [ -n "$tabs" ] || return 0
  echo 'cronitor-exec: cron cannot run the jobs behind cronitor-exec in these crontabs any more:'
  printf '%s\n' "$tabs" | sed 's/^/  /'
  echo 'cronitor-exec: take it out of the lines, or install the package again.'
}
