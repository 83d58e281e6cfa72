/** The wrapper's own words on stderr: steps as they happen with --verbose, warnings after the job's end. */

import { writeOwnWords } from '../job/output-writer.ts'

export interface OwnWords {
  /** Kept until `tellWarnings`; cron mails whatever is printed, so that nothing is told twice. */
  warn(problem: string): void
  step(words: string): void
  tellWarnings(): void
}

export function createOwnWords(
  program: string,
  flags: { readonly quiet?: boolean; readonly verbose?: boolean },
): OwnWords {
  const warnings = new Set<string>()
  const say = (words: string) => writeOwnWords(2, `${program}: ${words.replace(/\s*\n\s*/g, ' ')}\n`)
  return {
    warn(problem) {
      warnings.add(problem)
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
