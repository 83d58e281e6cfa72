/** The shells that understand what `wrapLine` writes: `exec`, and quotes as POSIX has them. */

/** Restricted shells are not among them: they run no `exec`. */
const BOURNE_SHELL =
  /^\/(?:[^/]*\/)*(?:a|ba|da|k|lk|lok|mk|ok|pdk|po|ya|z)?sh(?:-?[0-9][0-9.]*)?(?:-static)?$/

/** @param shell the value of SHELL; cron takes /bin/sh without it */
export function isBourneShell(shell = '/bin/sh'): boolean {
  return BOURNE_SHELL.test(shell)
}
