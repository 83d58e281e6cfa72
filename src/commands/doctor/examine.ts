/** Makes all checks, in a bounded time. */

import { monotonicMs } from '../../system/clock.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import { CHECK_NAMES, type CheckResult } from './check-result.ts'
import { checkCourier } from './checks/courier.ts'
import { checkRejected } from './checks/rejected.ts'
import { checkSpool } from './checks/spool.ts'
import { checkWaiting } from './checks/waiting.ts'
import type { DoctorFlags } from './doctor-flags.ts'
import { examineNetwork } from './examine-network.ts'
import { environmentOfCron, examineCrontab, examineProgram } from './examine-program.ts'
import { examineSettings } from './examine-settings.ts'
import { type ExaminedSpool, examineSpool } from './examine-spool.ts'
import { crontabAnswers, reportingSettings } from './probes/cron-reporting.ts'

/** Less than the 10 seconds that the manual page promises. */
const ALL_MS = 8500
/** For a key file that is a pipe. */
const PIPE_MS = 2000
const CRONTAB_MS = 1500
const SPOOL_MS = 3000

export interface Examination {
  readonly results: readonly CheckResult[]
  /** To be redacted from everything that is printed. */
  readonly secrets: readonly string[]
}

export async function examine(flags: DoctorFlags): Promise<Examination> {
  const end = monotonicMs() + ALL_MS
  const { env } = process
  const euid = process.geteuid?.() ?? 0
  const deadlineFor = () => AbortSignal.timeout(PIPE_MS)
  const loaded = await loadWithPipes({ flags, env, euid }, { deadlineFor })
  const { settings } = loaded
  const [spool, crontabIsThere] = await Promise.all([
    examineSpool(settings, SPOOL_MS),
    crontabAnswers(CRONTAB_MS),
  ])
  // The checks of the network measure times, so what keeps this process busy comes first.
  const cronEnv = environmentOfCron(env)
  const local = [
    ...examineSettings({ flags, env, euid }, loaded),
    // The check of a crontab looks at the spool as well, and would wait for it.
    ...(spool.isHung ? [] : [examineCrontab(crontabIsThere, cronEnv, reportingSettings(settings, env.HOME))]),
  ]
  const timeoutMs = Math.max(0, Math.floor(end - monotonicMs()))
  const [program, network] = await Promise.all([
    examineProgram(env, cronEnv, timeoutMs),
    examineNetwork({ settings, env, monitorKey: flags.send, timeoutMs }),
  ])
  const room = checkSpool(spool.room, network.isReached, settings.spoolMaxBytes)
  const all = [...program, ...local, ...network.results, room, ...resultsOf(spool, settings.courier)]
  const order = (result: CheckResult) => CHECK_NAMES.indexOf(result.check)
  return { results: all.toSorted((a, b) => order(a) - order(b)), secrets: settings.secrets }
}

function resultsOf({ events }: ExaminedSpool, isAllowed: boolean): CheckResult[] {
  if (events === undefined) return []
  const { waiting, rejected, holder } = events
  return [
    checkWaiting(waiting, Date.now()),
    checkRejected(rejected),
    checkCourier({ holder, waiting: waiting.own, isAllowed }),
  ]
}
