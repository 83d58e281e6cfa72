/** How a job of cron differs from the shell that runs `cronitor try`. */

export interface ChangedVariable {
  readonly name: string
  readonly job: string
  readonly here: string
}

export interface EnvironmentDifferences {
  /** Their values can be shown. */
  readonly changed: readonly ChangedVariable[]
  /** Names of variables with another value, which may be secret. */
  readonly otherValues: readonly string[]
  /** Names of variables that this shell has and the job has not. */
  readonly missing: readonly string[]
}

/** Variables whose values are worth seeing and no secrets. */
const SHOWN = /^(?:PATH|SHELL|HOME|LOGNAME|USER|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR)$/

/** Variables that shells and terminals set for themselves, and those of this program's launcher. */
const UNIMPORTANT =
  /^(?:_|SHLVL|PWD|OLDPWD|TERM|COLORTERM|COLUMNS|LINES|LS_COLORS|LESSOPEN|LESSCLOSE|PS1|MAIL|XDG_SESSION_.*|DBUS_SESSION_BUS_ADDRESS|SSH_.*|SUDO_.*|STY|TMUX.*|WINDOWID|_CRONITOR_.*|__.*)$/

export function environmentDifferences(
  job: ReadonlyMap<string, string>,
  here: Readonly<Record<string, string | undefined>>,
): EnvironmentDifferences {
  const changed: ChangedVariable[] = []
  const otherValues: string[] = []
  const missing: string[] = []
  for (const [name, value = ''] of Object.entries(here)) {
    const inJob = job.get(name)
    if (inJob === undefined) {
      if (!UNIMPORTANT.test(name)) missing.push(name)
    } else if (inJob !== value) {
      if (SHOWN.test(name)) changed.push({ name, job: inJob, here: value })
      else otherValues.push(name)
    }
  }
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)
  return { changed: changed.sort(byName), otherValues: otherValues.sort(), missing: missing.sort() }
}
