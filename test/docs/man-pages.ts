/** The manual pages. */

export const MAN_PAGES = [
  'man/cronitor.1',
  'man/cronitor-crontab.1',
  'man/cronitor-doctor.1',
  'man/cronitor-exec.1',
  'man/cronitor-ping.1',
  'man/cronitor-runs.1',
  'man/cronitor-serve.1',
  'man/cronitor-spool.1',
  'man/cronitor-try.1',
]
