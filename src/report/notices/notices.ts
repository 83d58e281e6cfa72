/** What a command prints on stderr about its own work: progress with `--verbose`, warnings at the end. */

import { writeMessage } from '../../system/output-writer.ts'
import { printable } from '../../system/printable.ts'
import { type FindHidden, redact } from '../../telemetry/redact.ts'

export interface Notices {
  /** Redacts these from everything printed later: a monitor key, a series or a command can contain one. */
  hideSecrets(secrets: readonly string[]): void
  /** Redacts these as well. */
  hideMatches(findHidden: FindHidden | undefined): void
  /**
   * Prints the warning at `printWarnings`. Equal warnings are printed once, since cron mails each line; of several with
   * the same `fault` only the first is printed.
   */
  warn(problem: string, fault?: string): void
  /** Prints at once, equal lines once. For a job that did not start: there is no output that the line could interrupt. */
  warnNow(problem: string): void
  /** The line that `warnNow` would print on stderr; empty with `--quiet`. */
  asLine(problem: string): string
  /** Prints at once, with `--verbose` only. */
  verbose(text: string): void
  printWarnings(): void
}

/** @param take gets the lines, without a line end, in place of stderr */
export function createNotices(
  program: string,
  flags: { readonly quiet?: boolean; readonly verbose?: boolean },
  take?: (line: string) => void,
): Notices {
  const warnings = new Set<string>()
  const faults = new Set<string>()
  const printed = new Set<string>()
  let hidden: readonly string[] = []
  let findHidden: FindHidden | undefined
  const shown = (text: string) => printable(redact(text, hidden, findHidden))
  const lineOf = (text: string) => `${program}: ${shown(text)}\n`
  const print = (text: string) => (take ? take(shown(text)) : writeMessage(2, lineOf(text)))
  return {
    hideSecrets(secrets) {
      hidden = secrets
    },
    hideMatches(find) {
      findHidden = find
    },
    warn(problem, fault) {
      if (fault !== undefined && faults.has(fault)) return
      if (fault !== undefined) faults.add(fault)
      warnings.add(problem)
    },
    warnNow(problem) {
      if (!flags.quiet && !printed.has(problem)) print(problem)
      printed.add(problem)
    },
    asLine: problem => (flags.quiet || take !== undefined ? '' : lineOf(problem)),
    verbose(text) {
      if (flags.verbose) print(text)
    },
    printWarnings() {
      if (!flags.quiet) for (const warning of warnings) print(warning)
      warnings.clear()
    },
  }
}
