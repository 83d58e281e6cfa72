/** What the executable does first: it finds out whether it will start a job, and if so, collects signals for it. */

import { collectSignals } from '../job/early-signals.ts'
import { LAUNCH_VARIABLE } from '../job/launch-variable.ts'

/** True if it is the job wrapper: its launcher has started it, or it was called by the name `cronitor-exec`. */
export const isWrapper =
  process.env[LAUNCH_VARIABLE] !== undefined ||
  process.argv0.slice(process.argv0.lastIndexOf('/') + 1) === 'cronitor-exec'

export const argv: readonly string[] = process.argv.slice(2)

/** False if no job will be started. */
export const mayStartJob = isWrapper || argv.includes('exec')

/** Returns the signals that have arrived since, and stops collecting them. */
export const release: () => NodeJS.Signals[] = mayStartJob ? collectSignals() : () => []
