/** The wrapper's own words on stderr: steps as they happen with --verbose, warnings after the job's end. */

import { writeOwnWords } from '../../system/output-writer.ts'
import { printable } from '../../system/printable.ts'
import { redact } from '../../telemetry/redact.ts'

export interface OwnWords {
  /** From now on nothing is told of these, wherever they turn up: as a monitor key, a series, a command that is not there. */
  conceal(secrets: readonly string[]): void
  /**
   * Kept until `tellWarnings`; cron mails whatever is printed, so that nothing is told twice. Of those about the same
   * fault, the first is told.
   */
  warn(problem: string, fault?: string): void
  /** Told at once, for what there is no reason to wait with: no output of a job can stand around it. */
  warnNow(problem: string): void
  step(words: string): void
  tellWarnings(): void
}

export function createOwnWords(
  program: string,
  flags: { readonly quiet?: boolean; readonly verbose?: boolean },
): OwnWords {
  const warnings = new Set<string>()
  const faults = new Set<string>()
  let hidden: readonly string[] = []
  const say = (words: string) => writeOwnWords(2, `${program}: ${printable(redact(words, hidden))}\n`)
  return {
    conceal(secrets) {
      hidden = secrets
    },
    warn(problem, fault) {
      if (fault !== undefined && faults.has(fault)) return
      if (fault !== undefined) faults.add(fault)
      warnings.add(problem)
    },
    warnNow(problem) {
      if (!flags.quiet) say(problem)
    },
    step(words) {
      if (flags.verbose) say(words)
    },
    tellWarnings() {
      if (!flags.quiet) for (const warning of warnings) say(warning)
      warnings.clear()
    },
  }
}
