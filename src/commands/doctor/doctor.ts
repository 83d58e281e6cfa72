/** `cronitor doctor`: what keeps events of this user from arriving. */

import { createNotices } from '../../report/notices/notices.ts'
import { stopFileCalls } from '../../system/hung-file-system.ts'
import type { DoctorFlags } from './doctor-flags.ts'
import { examine } from './examine.ts'
import { printResults, printResultsJson } from './print-results.ts'

export interface DoctorEnd {
  readonly status: 0 | 1
  /** True if a thread waits for a file system that hangs: see src/job/leave.ts. */
  readonly isThreadStuck: boolean
}

export async function doctor(flags: DoctorFlags): Promise<DoctorEnd> {
  if (flags.fix) {
    const { repair } = await import('./fix/repair.ts')
    const options = { flags, env: process.env, euid: process.geteuid?.() ?? 0 }
    await repair(options, createNotices('cronitor', {}))
  }
  const examination = await examine(flags)
  if (flags.json) printResultsJson(examination)
  else await printResults(examination)
  const hasProblem = examination.results.some(({ outcome }) => outcome === 'problem')
  return { status: hasProblem ? 1 : 0, isThreadStuck: !(await stopFileCalls()) }
}
