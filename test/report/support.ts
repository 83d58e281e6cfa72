/** Reports with an API, a clock and a spool that exist only in the test: nothing sleeps, and no file is written. */

import { createDelivery } from '../../src/client/delivery.ts'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import type { Notices } from '../../src/report/notices/notices.ts'
import type { ReportTools } from '../../src/report/report-tools.ts'
import type { SpoolKeeper } from '../../src/report/spool-keeper.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { KEY_PRINT, spoolForTest } from '../spool/support.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'

export const BUSY: ApiAnswer = { kind: 'status', status: 503 }
export const NOT_FOUND: ApiAnswer = { kind: 'status', status: 404 }
const OK: ApiAnswer = { kind: 'status', status: 200 }

/** How long a disk is silent until it counts as hung, in milliseconds. */
const SEEMS_HUNG_MS = 300

export const DISK_FULL = 'the disk is full'

export function settingsForTest(more: Partial<Settings> = {}): Settings {
  return {
    key: 'an-api-key-of-the-test',
    keyFile: undefined,
    isMissingKeyExplained: false,
    secrets: ['an-api-key-of-the-test'],
    anonymous: false,
    env: undefined,
    hostname: 'a-host',
    url: { kind: 'usable', base: 'https://api.example', isBuiltIn: false },
    method: 'POST',
    deliverWithinMs: 5000,
    spool: true,
    spoolDir: '/a/spool',
    isSpoolDirChosen: true,
    spoolMaxAgeMs: 7 * 86_400_000,
    spoolMaxBytes: 64 * 1024 * 1024,
    courier: true,
    stamp: true,
    log: undefined,
    ...more,
  }
}

export interface StageOptions {
  /** The answer to each try, by the state of its event. Default: 200. `hang`: no answer until the abort. */
  readonly answer?: (state: string) => ApiAnswer | 'hang'
  /** `none`: as with `--no-spool`. `hung`: a file system that does not answer. */
  readonly spool?: 'usable' | 'none' | 'hung'
  /** How many events the spool has room for. Default: no limit. */
  readonly room?: number
  /** How long it takes to note the end of the job's run, in milliseconds, in which the disk seems to hang. Default: 0. */
  readonly noteEndMs?: number
  /** How long it takes to write the run's record, in the same way. Default: 0. */
  readonly recordMs?: number
  /** False if the run's record cannot be written. */
  readonly isRecordable?: boolean
  /** True if the spool holds earlier events of the series. */
  readonly hasEarlier?: boolean
  /** True if the spool holds earlier events of any series. */
  readonly isWaiting?: boolean
  readonly settings?: Partial<Settings>
}

export interface Stage {
  readonly clock: FakeClock
  readonly tools: ReportTools
  readonly settings: Settings
  readonly notices: Notices
  readonly warnings: readonly string[]
  /** All that was done, in order: `sent run`, `record end`, `queued complete`, `courier` … */
  readonly steps: string[]
}

export function stageOf(options: StageOptions = {}): Stage {
  const {
    spool = 'usable',
    room = Number.POSITIVE_INFINITY,
    recordMs = 0,
    noteEndMs = 0,
    isRecordable = true,
  } = options
  const clock = fakeClock()
  const steps: string[] = []
  const warnings: string[] = []
  const settings = settingsForTest({ spool: spool !== 'none', ...options.settings })
  const notices: Notices = {
    hideSecrets() {},
    hideMatches() {},
    warn: problem => void warnings.push(problem),
    warnNow: problem => void warnings.push(problem),
    asLine: problem => `${problem}\n`,
    verbose() {},
    printWarnings() {},
  }
  const keeper: SpoolKeeper = {
    spool: spoolForTest(),
    key: KEY_PRINT,
    address: 'configured',
    settings,
    notices,
  }
  const note = async (step: string): Promise<void> => void steps.push(step)
  const pass = async (ms: number): Promise<void> => {
    if (ms > 0) await clock.sleep(ms, new AbortController().signal)
  }
  const tools: ReportTools = {
    now: clock.now,
    sleep: clock.sleep,
    withTimeLimit: (promise, ms, signal) => firstOf(promise, over => clock.sleep(ms, over), signal),
    whileAnswering: (promise, mostMs, isOver = () => false) =>
      firstOf(promise, async over => {
        const waitMs = recordMs + noteEndMs > 0 ? Math.min(mostMs, SEEMS_HUNG_MS) : mostMs
        for (const end = clock.now() + waitMs; clock.now() < end && !isOver(20) && !over.aborted; )
          await clock.sleep(20, over)
      }),
    stopFileCalls: async () => spool !== 'hung',
    openDelivery: ({ onDelivered }) =>
      createDelivery({
        now: clock.now,
        sleep: clock.sleep,
        random: () => 0.5,
        report: what => what.kind === 'delivered' && onDelivered?.(what.event),
        async send({ state }, _message, signal) {
          steps.push(`sent ${state}`)
          const answer = options.answer?.(state) ?? OK
          if (answer !== 'hang') return answer
          await clock.sleep(Number.POSITIVE_INFINITY, signal)
          return { kind: 'error', message: 'no answer' }
        },
      }),
    openKeeper: async () => {
      if (spool === 'hung') await new Promise(() => {})
      return spool === 'none' ? undefined : keeper
    },
    hasEarlierEvents: async () => options.hasEarlier ?? false,
    async keepEvents(_keeper, folder, events) {
      const kept = events.slice(0, room)
      for (const { event } of kept) steps.push(`${folder === 'queue' ? 'queued' : folder} ${event.state}`)
      return kept.length < events.length ? { kept: kept.length, problem: DISK_FULL } : { kept: kept.length }
    },
    async createRunRecord() {
      await pass(recordMs)
      if (!isRecordable) throw Object.assign(new Error(), { code: 'ENOSPC' })
      steps.push('record start')
      return {
        synced: Promise.resolve(),
        noteRunSent: () => note('record sent'),
        async noteEnd() {
          await pass(noteEndMs)
          steps.push('record end')
        },
        remove: () => note('record removed'),
      }
    },
    async recoverAndSchedule() {
      steps.push('recovered')
      return { isWaiting: options.isWaiting ?? false }
    },
    startCourier: () => void steps.push('courier'),
    deliverFromSpool: () => note('delivered from spool'),
  }
  return { clock, tools, settings, notices, warnings, steps }
}

async function firstOf<Result>(
  promise: Promise<Result>,
  limit: (over: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<Result | undefined> {
  const over = new AbortController()
  const abort = (): void => over.abort()
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  try {
    return await Promise.race([promise, limit(over.signal).then(() => undefined)])
  } finally {
    abort()
    signal?.removeEventListener('abort', abort)
  }
}

/** Lets time pass until the promise resolves. `tookMs` is how long that was. */
export async function finish<Result>(
  promise: Promise<Result>,
  { advance, now }: FakeClock,
): Promise<{ readonly result: Result; readonly tookMs: number }> {
  const start = now()
  let isDone = false
  const done = promise.finally(() => {
    isDone = true
  })
  await advance(0)
  while (!isDone) await advance(10)
  return { result: await done, tookMs: now() - start }
}
