/**
 * kill -9 of the wrapper and of the courier loses nothing, and calls nothing failed that is not.
 *
 * `node scripts/kill.mjs` runs it at the full length: 200 wrappers and 50 couriers.
 */

import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Answer, FakeApi, RecordedRequest } from '../../support/fake-api.ts'
import { KEY } from '../../support/key.ts'
import { descriptorsOf, hasProc, isGone, statOf } from '../../support/process-state.ts'
import { paths, type Running, run, start } from '../../support/run.ts'
import { pickOf, seededRandom, seedFrom } from '../../support/seeded-random.ts'
import {
  age,
  courierOf,
  couriersFrom,
  fillQueue,
  holderOf,
  keptIn,
  namesIn,
  procStrings,
  recordsIn,
  seriesOf,
  unreadableIn,
  waitingIn,
} from '../../support/spool-state.ts'
import { MEMORY, tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import {
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  startExec,
  statesOf,
} from '../../support/wrapper.ts'

const SEED = seedFrom('KILL_SEED')
const RUNS = Number(process.env.KILL_RUNS || 24)
const COURIERS = Number(process.env.KILL_COURIERS || 8)

/** So many wrappers at a time. */
const LANES = 4

/** On a machine that has little time for them. */
const LONG_MS = 60_000

const OTHER_KEY = 'Tq3Yb-6nHs8Wd1Kf5Xg2Zm'

const DIED = "wrapper died before the job's end was seen"

/** A spool that several runs share. */
const newSpool = () => join(tempDir('spool', MEMORY), 'spool')

const flush = (
  api: FakeApi,
  spool: string,
  more: Record<string, string | undefined> = {},
  flags: string[] = [],
) =>
  cronitor(['spool', 'flush', ...flags], reportingTo(api, { CRONITOR_SPOOL_DIR: spool, ...more }), {
    timeoutMs: 2 * LONG_MS,
  })

/** What is sent from the spool says when it happened; what is sent live does not. */
const isLate = (event: RecordedRequest) => event.params.has('stamp')

const messageOf = (event: RecordedRequest | undefined) => event?.params.get('message') ?? ''

const takenOf = (api: FakeApi, monitor?: string) =>
  api.events(monitor).filter(event => event.answered === 200)

/** Figures for a reader, if the variable names a file for them. */
function report(what: object): void {
  if (process.env.KILL_REPORT) appendFileSync(process.env.KILL_REPORT, `${JSON.stringify(what)}\n`)
}

/** Jobs and couriers that a failed test would leave behind. */
const leftovers: (() => void)[] = []
afterEach(() => {
  for (const end of leftovers.splice(0)) end()
})

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone.
  }
}

/** Stops all threads, so that nothing changes any more; false if the process has ended. */
async function stopWhole(pid: number): Promise<boolean> {
  kill(pid, 'SIGSTOP')
  return until(`process ${pid} has stopped or ended`, () => {
    if (isGone(pid)) return { stopped: false }
    try {
      const threads = readdirSync(`/proc/${pid}/task`).map(thread =>
        readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'),
      )
      return threads.every(stat => stat.slice(stat.lastIndexOf(')')).startsWith(') T')) && { stopped: true }
    } catch {
      return false
    }
  }).then(({ stopped }) => stopped)
}

/** A wrapper with a job that waits for a file, with the job's process id in another. */
async function startWaiting(
  env: Record<string, string | undefined>,
  monitor = 'waiting',
): Promise<{ running: Running; job: number; go: () => void }> {
  const folder = tempDir('job')
  const script = `echo $$ > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; until [ -e ${folder}/go ]; do sleep 0.05; done`
  const running = startExec([monitor, 'sh', '-c', script], env)
  const go = () => writeFileSync(join(folder, 'go'), '')
  leftovers.push(go)
  await until('the job runs', () => existsSync(join(folder, 'pid')), LONG_MS)
  return { running, job: Number(readFileSync(join(folder, 'pid'), 'utf8')), go }
}

/** The wrapper is killed; resolves once it is gone. */
async function killHard(running: Running): Promise<void> {
  running.signal('SIGKILL')
  expect((await running.exited).signal).toBe('SIGKILL')
}

describe.skipIf(!hasProc)('a wrapper that is killed (needs /proc)', () => {
  type Behaviour = 'ok' | 'later' | 'refuse' | 'reset' | 'hang'

  interface Plan {
    readonly monitor: string
    /** From 0 to 1: when it is killed, as a part of the length of a run. */
    readonly moment: number
    readonly jobMs: number
    readonly status: number
    /** What the API makes of `run` and of the end, as long as the wrapper itself sends them. */
    readonly answers: Readonly<Record<'run' | 'end', Behaviour>>
  }

  interface Killed {
    readonly hadRecord: boolean
    readonly phase: string
    readonly own: readonly string[]
  }

  const DELIVER_WITHIN_MS = 1500

  function plans(count: number, random: () => number): Plan[] {
    const behaviour = () => pickOf(random, { ok: 0.6, later: 0.13, refuse: 0.12, reset: 0.08, hang: 0.07 })
    return Array.from({ length: count }, (_, index) => ({
      monitor: `kill-${index}`,
      moment: random(),
      jobMs: 100 + Math.round(random() * 400),
      status: random() < 0.5 ? 0 : 1 + Math.floor(random() * 99),
      answers: { run: behaviour(), end: behaviour() },
    }))
  }

  test(`at any moment, ${RUNS} times, leaves each series that began with one end, sent twice at the most`, {
    timeout: 180_000 + RUNS * 5000,
  }, async () => {
    const random = seededRandom(SEED)
    const spool = newSpool()
    const folder = tempDir('jobs')
    // More than are killed: some are over by the moment that they were to be.
    const all = plans(3 * RUNS, random)
    const byMonitor = new Map(all.map(plan => [plan.monitor, plan]))
    /** How often the API has taken each, as `kill-7 run`. */
    const taken = new Map<string, number>()
    const calledFailedTooSoon: string[] = []
    const tried = new Set<string>()
    let isHealthy = false

    const decide = (event: RecordedRequest, plan: Plan): Answer => {
      if (isHealthy) return { status: 200 }
      if (isLate(event)) {
        const answer = pickOf(random, { ok: 0.8, refuse: 0.12, reset: 0.05, hang: 0.03 })
        return answer === 'ok' ? { status: 200 } : answer === 'refuse' ? { status: 503 } : answer
      }
      const part = event.state === 'run' ? 'run' : 'end'
      const behaviour = plan.answers[part]
      const isFirst = !tried.has(`${plan.monitor} ${part}`)
      tried.add(`${plan.monitor} ${part}`)
      if (behaviour === 'ok' || (behaviour === 'later' && !isFirst)) return { status: 200 }
      return behaviour === 'refuse' || behaviour === 'later' ? { status: 503 } : behaviour
    }

    const api = await apiForTest({
      respond(event) {
        const plan = byMonitor.get(event.monitorKey)
        if (plan === undefined) return { status: 200 }
        const has = (what: string) => existsSync(join(folder, `${plan.monitor}-${what}`))
        if (messageOf(event).includes(DIED) && has('began') && !has('ended'))
          calledFailedTooSoon.push(plan.monitor)
        const answer = decide(event, plan)
        const id = `${plan.monitor} ${event.state}`
        if (typeof answer === 'object' && answer.status === 200) taken.set(id, (taken.get(id) ?? 0) + 1)
        return answer
      },
    })
    leftovers.push(() => {
      const courier = courierOf(spool, KEY)
      if (courier !== undefined) kill(courier, 'SIGTERM')
    })
    const env = reportingTo(api, {
      CRONITOR_SPOOL_DIR: spool,
      CRONITOR_NO_COURIER: undefined,
      CRONITOR_DELIVER_WITHIN: `${DELIVER_WITHIN_MS}ms`,
    })
    const startRun = ({ monitor, jobMs, status }: Plan) => {
      const mark = (what: string) => `: > ${folder}/${monitor}-${what}`
      const script = `${mark('began')}; sleep ${jobMs / 1000}; ${mark('ended')}; exit ${status}`
      return startExec([monitor, 'sh', '-c', script], env, { timeoutMs: 2 * LONG_MS })
    }

    // What a run takes here besides its job, with as many at a time.
    const lengths = await Promise.all(
      Array.from({ length: LANES }, () => exec(['length', 'true'], env).then(one => one.elapsedMs)),
    )
    let ownMs = lengths.reduce((sum, ms) => sum + ms, 0) / LANES
    const isQuick = ({ answers }: Plan) => Object.values(answers).every(answer => answer === 'ok')
    const lengthOf = (plan: Plan) => ownMs + plan.jobMs + (isQuick(plan) ? 0 : DELIVER_WITHIN_MS)

    /** How often a record was in the hands of a wrapper that was killed as well: each may have it sent once more. */
    const recoveredInVain = new Map<string, number>()
    /**
     * Wrappers that ended by themselves, and whose events may come once more: no answer came in time, although the API may have
     * taken the event, or the disk was too busy to remove the record.
     */
    const mayRepeat = new Set<string>()
    const killed = new Map<string, Killed>()
    const wrong: string[] = []
    const phases: Record<string, number> = {}

    const runOne = async (plan: Plan): Promise<void> => {
      const running = startRun(plan)
      await sleep(plan.moment * lengthOf(plan))
      if (await stopWhole(running.pid)) {
        const own = namesIn(spool, 'runs').filter(name => name.startsWith(`${running.pid}-`))
        const ended = own.some(name => name.endsWith('.end'))
        const hadRecord = own.some(name => /\.(run|sent)$/.test(name))
        const phase = hadRecord ? (ended ? 'after the end' : 'job runs') : 'no record'
        killed.set(plan.monitor, { hadRecord, phase, own })
        phases[phase] = (phases[phase] ?? 0) + 1
        if (holderOf(join(spool, 'runs', 'recovery.lock'))?.pid === running.pid) {
          phases.recovering = (phases.recovering ?? 0) + 1
          for (const name of recordsIn(spool)) {
            const { run: event } = JSON.parse(readFileSync(join(spool, 'runs', name), 'utf8'))
            recoveredInVain.set(event.monitorKey, (recoveredInVain.get(event.monitorKey) ?? 0) + 1)
          }
        }
        await killHard(running)
      } else {
        phases['over already'] = (phases['over already'] ?? 0) + 1
        const { status, signal, elapsedMs } = await running.exited
        const isRecorded = namesIn(spool, 'runs').some(name => name.startsWith(`${running.pid}-`))
        if (isRecorded || /could not be delivered .* kept/.test(String(running.output().stderr)))
          mayRepeat.add(plan.monitor)
        if (isQuick(plan)) ownMs += (elapsedMs - plan.jobMs - ownMs) / 4
        if (status !== plan.status || signal !== null) wrong.push(`${plan.monitor}: ${status} ${signal}`)
      }
    }
    const queue = [...all]
    const started: Plan[] = []
    const lane = async () => {
      while (killed.size < RUNS) {
        const plan = queue.shift()
        if (plan === undefined) return
        started.push(plan)
        await runOne(plan)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))

    isHealthy = true
    await until('the courier has left', () => courierOf(spool, KEY) === undefined, 2 * LONG_MS)
    // A job that goes on without its wrapper ends by itself.
    for (let count = 0, left = ['not asked']; left.length > 0; count++) {
      const { status, stdout, stderr } = await flush(api, spool)
      left = [...recordsIn(spool), ...(status === 0 ? [] : [`${stdout}${stderr}`])]
      if (left.length > 0 && count > 20)
        throw new Error(`seed ${SEED}: still under way, or waiting: ${left.join(', ')}`)
    }

    const most = { run: 0, end: 0 }
    for (const { monitor, status } of started) {
      const events = takenOf(api, monitor)
      const was = killed.get(monitor)
      if (events.length === 0) {
        if (was === undefined || was.hadRecord) wrong.push(`${monitor}: nothing has arrived; ${was?.phase}`)
        continue
      }
      const ends = new Set(
        events
          .filter(({ state }) => state !== 'run')
          .map(event =>
            messageOf(event).includes(DIED)
              ? messageOf(event).replace(/^\[delayed [^\]]*\] /, '')
              : endOf(event),
          ),
      )
      const own = `${status === 0 ? 'complete' : 'fail'} ${status}`
      const [end = ''] = ends
      if (ends.size !== 1 || (end !== own && end !== `${DIED} (killed)`))
        wrong.push(`${monitor}: it ended as ${[...ends].join(' and ') || 'nothing'}`)
      if (was === undefined && end !== own) wrong.push(`${monitor}: not killed, and ended as ${end}`)
      if (new Set(events.map(({ params }) => params.get('series'))).size !== 1)
        wrong.push(`${monitor}: several series`)
      const states = statesOf(events)
      // Both come twice if it was killed after the events were saved and before its record was removed.
      if (states[0] !== 'run' || states.at(-1) === 'run')
        wrong.push(`${monitor}: in the order ${states.join(', ')}`)
      for (const state of new Set(states)) {
        const times = taken.get(`${monitor} ${state}`) ?? 0
        const may =
          was === undefined ? (mayRepeat.has(monitor) ? 2 : 1) : 2 + (recoveredInVain.get(monitor) ?? 0)
        if (times > may) wrong.push(`${monitor}: ${state} was taken ${times} times`)
        const part = state === 'run' ? 'run' : 'end'
        most[part] = Math.max(most[part], times)
      }
    }
    const twice = [...taken.values()].filter(times => times === 2).length
    const more = [...taken.values()].filter(times => times > 2).length
    const died = new Set(
      takenOf(api)
        .filter(event => messageOf(event).includes(DIED))
        .map(({ monitorKey }) => monitorKey),
    )
    const odd = [...died]
      .map(monitor => ({ monitor, ...killed.get(monitor) }))
      .filter(({ phase }) => phase !== 'job runs')
    report({
      what: 'wrappers',
      seed: SEED,
      runs: started.length,
      kills: killed.size,
      phases,
      died: died.size,
      odd,
      events: taken.size,
      twice,
      more,
      most,
    })
    expect(killed.size).toBeGreaterThanOrEqual(RUNS)
    expect({ seed: SEED, wrong, calledFailedTooSoon, unreadable: unreadableIn(spool) }).toEqual({
      seed: SEED,
      wrong: [],
      calledFailedTooSoon: [],
      unreadable: [],
    })

    // What a write that was cut off has left goes as well, with time.
    for (const name of ['runs', 'queue']) age(spool, name, 2 * 3_600_000)
    expect((await flush(api, spool)).status).toBe(0)
    const files = readdirSync(join(spool, 'runs'), { withFileTypes: true }).filter(entry => entry.isFile())
    expect({ seed: SEED, left: files.map(({ name }) => name) }).toEqual({ seed: SEED, left: [] })
    expect(waitingIn(spool)).toBe(0)
  })

  const endOf = ({ state, params }: RecordedRequest) => `${state} ${params.get('status_code')}`

  test('is not called failed as long as its job runs', { timeout: 2 * LONG_MS }, async () => {
    const api = await apiForTest()
    const spool = newSpool()
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    const { running, job, go } = await startWaiting(env)
    await api.waitFor(events => events.some(({ answered }) => answered === 200), LONG_MS)
    await until('it is noted that run has arrived', () =>
      recordsIn(spool).some(name => name.endsWith('.sent')),
    )
    await killHard(running)
    expect(isGone(job)).toBe(false)

    const early = await flush(api, spool)
    expect({ status: early.status, stdout: String(early.stdout) }).toEqual({
      status: 0,
      stdout: '0 delivered, 0 left\n',
    })
    // Neither does another run.
    expect((await exec(['another', 'true'], env)).status).toBe(0)
    expect(statesOf(api.events('waiting'))).toEqual(['run'])
    expect(recordsIn(spool)).toHaveLength(1)

    go()
    await until('the job has ended', () => isGone(job), LONG_MS)
    const late = await flush(api, spool)
    expect({ status: late.status, stdout: String(late.stdout) }).toEqual({
      status: 0,
      stdout: '1 delivered, 0 left\n',
    })
    const [, fail] = api.events('waiting')
    expect(statesOf(api.events('waiting'))).toEqual(['run', 'fail'])
    expect(messageOf(fail)).toMatch(
      /^(\[delayed \d+s\] )?wrapper died before the job's end was seen \(killed\)$/,
    )
    expect(fail?.params.get('series')).toBe(api.events('waiting')[0]?.params.get('series'))
    expect(recordsIn(spool)).toEqual([])
  })

  test('after the job’s end is no reason to call the job failed', { timeout: 2 * LONG_MS }, async () => {
    const api = await apiForTest({ respond: event => (isLate(event) ? { status: 200 } : 'hang') })
    const spool = newSpool()
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '10m' })
    const running = startExec(['stay', 'true'], env)
    await until(
      'the end is noted',
      () => namesIn(spool, 'runs').some(name => /^\d.*\.end$/.test(name)),
      LONG_MS,
    )
    await killHard(running)
    expect((await flush(api, spool)).status).toBe(0)
    expect(takenOf(api).map(endOf)).toEqual(['run null', 'complete 0'])
    expect(namesIn(spool, 'runs')).toEqual([])
  })

  test('leaves nothing for ever of its record', async () => {
    const api = await apiForTest()
    const spool = newSpool()
    mkdirSync(join(spool, 'runs'), { recursive: true, mode: 0o700 })
    for (const name of ['1-1-0123456789ab.end', '.unfinished-0123456789ab-1-1-0123456789ab.run'])
      writeFileSync(join(spool, 'runs', name), '{')
    expect((await flush(api, spool)).status).toBe(0)
    // They may be in the middle of being written, or removed.
    expect(namesIn(spool, 'runs')).toHaveLength(2)
    age(spool, 'runs', 2 * 3_600_000)
    expect((await flush(api, spool)).status).toBe(0)
    expect(namesIn(spool, 'runs')).toEqual([])
  })

  test('is reported as ended by the next run as well, without a flush', {
    timeout: 2 * LONG_MS,
  }, async () => {
    const api = await apiForTest()
    const spool = newSpool()
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    const { running, job, go } = await startWaiting(env)
    await api.waitFor(events => events.some(({ answered }) => answered === 200), LONG_MS)
    await killHard(running)
    go()
    await until('the job has ended', () => isGone(job), LONG_MS)
    const next = await exec(['another', 'true'], env)
    expect({ status: next.status, stderr: String(next.stderr) }).toEqual({ status: 0, stderr: '' })
    const ends = takenOf(api, 'waiting').filter(({ state }) => state !== 'run')
    expect(ends.map(messageOf)).toEqual([expect.stringContaining(`${DIED} (killed)`)])
    expect(waitingIn(spool)).toBe(0)
  })
})

describe.skipIf(!hasProc)('the record of a run whose wrapper is gone (needs /proc)', () => {
  interface Record {
    up?: unknown
    version: number
    key: string
    startedAt: number
    run: { monitorKey: string; series: string }
    wrapper: { pid: number; start: string }
    job: { pid: number; start: string }
    place: { machine: string; boot: string; namespace: string }
  }

  /** A real one, to be changed: its wrapper and its job are gone. */
  async function realRecord(api: FakeApi, spool: string) {
    const { running, job, go } = await startWaiting(reportingTo(api, { CRONITOR_SPOOL_DIR: spool }))
    await until(
      'it is noted that run has arrived',
      () => recordsIn(spool).some(name => name.endsWith('.sent')),
      LONG_MS,
    )
    await killHard(running)
    go()
    await until('the job has ended', () => isGone(job), LONG_MS)
    const [name = ''] = recordsIn(spool)
    const path = join(spool, 'runs', name)
    const record: Record = JSON.parse(readFileSync(path, 'utf8'))
    return {
      /** Writes it anew, under the name that goes with it; its path. */
      change(edit: (record: Record) => void): string {
        edit(record)
        const { pid, start } = record.wrapper
        const target = join(spool, 'runs', name.replace(/^\d+-\d*/, `${pid}-${start}`))
        writeFileSync(path, JSON.stringify(record))
        renameSync(path, target)
        return target
      },
    }
  }

  /** A process that lives as long as the test, and when it was started, as the kernel has it. */
  async function livingProcess(): Promise<{ pid: number; start: string }> {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    leftovers.push(() => child.kill('SIGKILL'))
    const pid = child.pid ?? -1
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return { pid, start: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '' }
  }

  const another = (start: string) => String(Number(start) - 1)

  /** Each edit changes the record; `told` is what flush sends then, or nothing if it ignores the record. */
  test.each<{
    what: string
    edit: (record: Record, living: { pid: number; start: string }) => void
    flags?: string[]
    told?: string
  }>([
    {
      what: 'the wrapper’s number is that of another, living process',
      edit: (record, { pid, start }) => {
        record.wrapper = { pid, start: another(start) }
      },
      told: `${DIED} (killed)`,
    },
    {
      what: 'the wrapper lives',
      edit: (record, living) => {
        record.wrapper = living
      },
    },
    {
      what: 'the job’s number is that of another, living process',
      edit: (record, { pid, start }) => {
        record.job = { pid, start: another(start) }
      },
      told: `${DIED} (killed)`,
    },
    {
      what: 'the job lives',
      edit: (record, living) => {
        record.job = living
      },
    },
    {
      what: 'it is from before the machine’s boot',
      edit: ({ place }) => {
        place.boot = '00000000-0000-4000-8000-000000000000'
      },
      told: `${DIED} (host rebooted)`,
    },
    {
      what: 'it is from before the boot, and the job’s number is now a living process’s',
      edit: (record, living) => {
        record.place.boot = '00000000-0000-4000-8000-000000000000'
        record.job = living
      },
      told: `${DIED} (host rebooted)`,
    },
    {
      what: 'it is from another machine',
      edit: ({ place }) => {
        place.machine = '0123456789abcdef0123456789abcdef'
      },
    },
    {
      what: 'it is from another container',
      edit: ({ place }) => {
        place.namespace = 'pid:[1]'
      },
    },
    {
      what: 'it is from another machine, and older than what is kept',
      edit: record => {
        record.place.machine = '0123456789abcdef0123456789abcdef'
        record.place.boot = 'another'
        delete record.up
        record.startedAt -= 60_000
      },
      flags: ['--spool-max-age', '1s'],
      told: `${DIED} (not heard of for 1s)`,
    },
    {
      what: 'it is from another container, and younger than what is kept',
      edit: record => {
        record.place.namespace = 'pid:[1]'
        record.startedAt -= 60_000
      },
      flags: ['--spool-max-age', '1d'],
    },
  ])('is judged by what is in it: $what', { timeout: 2 * LONG_MS }, async ({ edit, flags, told }) => {
    const api = await apiForTest()
    const spool = newSpool()
    const { change } = await realRecord(api, spool)
    const living = await livingProcess()
    const path = change(record => edit(record, living))
    const result = await flush(api, spool, {}, flags)
    expect(String(result.stderr)).toBe('')
    expect(result.status).toBe(0)
    const messages = takenOf(api, 'waiting').slice(1).map(messageOf)
    expect(messages.map(message => message.replace(/^\[delayed [^\]]*\] /, ''))).toEqual(told ? [told] : [])
    expect(existsSync(path)).toBe(told === undefined)
  })
})

describe.skipIf(!hasProc)('a courier that is killed (needs /proc)', () => {
  /** So many series for each that is killed. */
  const SERIES_EACH = 60

  test(`at any moment, ${COURIERS} times, loses nothing and sends nothing more than twice`, {
    timeout: 180_000 + COURIERS * 10_000,
  }, async () => {
    const random = seededRandom(SEED)
    const spool = newSpool()
    const series = Array.from({ length: COURIERS * SERIES_EACH }, (_, index) => `series-${index}`)
    const events = series.flatMap((id, index) => seriesOf(`late-${index % 40}`, id))
    const idOf = (event: { series: string; state: string }) => `${event.series} ${event.state}`
    const ids = events.map(({ series, state }) => idOf({ series: series ?? '', state }))
    const files = fillQueue(spool, events, KEY)
    const fileOf = new Map(ids.map((id, index) => [id, files[index] ?? '']))
    const taken = new Map<string, number>()
    /** Taken twice, and perhaps not known of yet: who is killed now might send them a third time. */
    const doubtful = new Set<string>()
    let isHealthy = false

    const respond = async (event: RecordedRequest): Promise<Answer> => {
      const id = idOf({ series: event.params.get('series') ?? '', state: event.state ?? '' })
      if (!fileOf.has(id)) return { status: 200 }
      const times = taken.get(id) ?? 0
      if (times === 0 && !isHealthy) {
        const answer = pickOf(random, { ok: 0.9, refuse: 0.06, reset: 0.02, hang: 0.02 })
        if (answer !== 'ok') return answer === 'refuse' ? { status: 503 } : answer
      }
      taken.set(id, times + 1)
      if (times > 0) doubtful.add(id)
      // Accepted with a slow answer, which is lost if the courier is killed meanwhile.
      else if (!isHealthy) await sleep(random() * 60)
      return { status: 200 }
    }
    const api = await apiForTest({ respond })
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool, CRONITOR_NO_COURIER: undefined })
    /** What a process that is stopped now has sent before was read before this, or with it. */
    const allHasArrived = async () => {
      for (let count = 0; count < 3; count++) await fetch(`${api.url}/p/${KEY}/probe?state=ok`)
    }
    const lateCount = () => [...taken.values()].reduce((sum, times) => sum + times, 0)
    const startCourier = async (): Promise<number> => {
      expect((await exec(['starter', 'true'], env)).status).toBe(0)
      const pid = courierOf(spool, KEY)
      if (pid === undefined)
        throw new Error(`seed ${SEED}: no courier is at it, and ${waitingIn(spool)} wait`)
      leftovers.push(() => kill(pid, 'SIGTERM'))
      return pid
    }

    // How long it takes from the end of the wrapper until the first has come.
    await startCourier()
    const before = performance.now()
    await until('the courier delivers', () => lateCount() > 0, LONG_MS)
    const startMs = performance.now() - before

    const lost: string[] = []
    let inFlight = 0
    let idle = 0
    for (let count = 0; count < COURIERS; count++) {
      const pid = await startCourier()
      // Nor longer than what is enough: the queue is not to become empty.
      const [moment, enough] = [performance.now() + random() * (startMs + 400), lateCount() + 60]
      while (performance.now() < moment && lateCount() < enough) await sleep(5)
      while (await stopWhole(pid)) {
        await allHasArrived()
        for (const id of doubtful) if (!existsSync(fileOf.get(id) ?? '')) doubtful.delete(id)
        if (doubtful.size === 0) break
        kill(pid, 'SIGCONT')
        // With less time than it needs to read an answer, it would be stopped until its try is over, and send once more.
        const isDoubtful = () => [...doubtful].some(id => existsSync(fileOf.get(id) ?? ''))
        for (let waited = 0; waited < 100 && isDoubtful() && !isGone(pid); waited++) await sleep(20)
      }
      if (isGone(pid)) idle += 1
      kill(pid, 'SIGKILL')
      await until('it is gone', () => isGone(pid), LONG_MS)
      const doubt = ids.filter(id => (taken.get(id) ?? 0) > 0 && existsSync(fileOf.get(id) ?? ''))
      inFlight += doubt.length
      lost.push(...ids.filter(id => !taken.has(id) && !existsSync(fileOf.get(id) ?? '')))
      lost.push(...unreadableIn(spool))
    }
    const left = waitingIn(spool)

    isHealthy = true
    const result = await flush(api, spool)
    const twice = [...taken.values()].filter(times => times === 2).length
    const most = Math.max(...taken.values())
    report({
      what: 'couriers',
      seed: SEED,
      kills: COURIERS,
      idle,
      events: ids.length,
      inFlight,
      left,
      twice,
      most,
    })
    const never = ids.filter(id => !taken.has(id))
    const order = new Map<string, string[]>()
    for (const event of takenOf(api)) {
      const id = event.params.get('series') ?? ''
      order.set(id, [...(order.get(id) ?? []), event.state ?? ''])
    }
    const disordered = series.filter(
      id => !/^run( run)? complete( complete)?$/.test(order.get(id)?.join(' ') ?? ''),
    )
    expect({ seed: SEED, never, lost, disordered, most: Math.min(most, 2) }).toEqual({
      seed: SEED,
      never: [],
      lost: [],
      disordered: [],
      most,
    })
    // Each courier was killed while it had something to do.
    expect({ seed: SEED, idle, left: left > 0 }).toEqual({ seed: SEED, idle: 0, left: true })
    expect({ status: result.status, stderr: String(result.stderr) }).toEqual({ status: 0, stderr: '' })
    // What a write that was cut off has left goes as well, with time.
    age(spool, 'queue', 2 * 3_600_000)
    expect((await flush(api, spool)).status).toBe(0)
    expect(waitingIn(spool)).toBe(0)
  })
})

describe.skipIf(!hasProc)('two keys on one host (needs /proc)', () => {
  test('never send each other’s events, whoever finds them', { timeout: 4 * LONG_MS }, async () => {
    const up = new Set<string>()
    // A wrapper leaves once `Retry-After` goes beyond its time, and has the rest of that for its spool.
    const down = { status: 503, headers: { 'retry-after': '1' } }
    const api = await apiForTest({
      respond: ({ apiKey = '' }) => (up.has(apiKey) ? { status: 200 } : down),
    })
    const spool = newSpool()
    const keys = { one: KEY, other: OTHER_KEY } as const
    const envOf = (apiKey: string, more: Record<string, string | undefined> = {}) =>
      reportingTo(api, {
        CRONITOR_API_KEY: apiKey,
        CRONITOR_SPOOL_DIR: spool,
        CRONITOR_DELIVER_WITHIN: '900ms',
        ...more,
      })
    /** The monitor's name says whose key is right. */
    const foreign = () =>
      api
        .events()
        .filter(({ monitorKey, apiKey }) => apiKey !== keys[monitorKey.split('-')[0] as 'one' | 'other'])
        .map(({ monitorKey, apiKey }) => `${monitorKey} with ${apiKey === KEY ? 'the one' : 'the other'} key`)

    // What each leaves: two events, and the record of a wrapper that was killed.
    for (const [name, apiKey] of Object.entries(keys)) {
      expect((await exec([`${name}-left`, 'true'], envOf(apiKey))).status).toBe(0)
      const { running, job, go } = await startWaiting(envOf(apiKey), `${name}-killed`)
      await until(
        'its record is there',
        () => recordsIn(spool).some(file => file.startsWith(`${running.pid}-`)),
        LONG_MS,
      )
      await killHard(running)
      go()
      await until('the job has ended', () => isGone(job), LONG_MS)
    }

    // A run of the one, which finds the other's as well; with a courier, and then without.
    const couriers = { CRONITOR_NO_COURIER: undefined }
    expect((await exec(['one-courier', 'true'], envOf(KEY, couriers))).status).toBe(0)
    expect((await exec(['other-courier', 'true'], envOf(OTHER_KEY, couriers))).status).toBe(0)
    const [one, other] = [courierOf(spool, KEY), courierOf(spool, OTHER_KEY)]
    for (const pid of [one, other]) leftovers.push(() => pid !== undefined && kill(pid, 'SIGTERM'))
    expect(one).toBeDefined()
    expect(other).toBeDefined()
    expect(one).not.toBe(other)
    // An event comes twice if its wrapper had no time to remove its record.
    const rowsNow = async () => {
      const { stdout } = await cronitor(['spool', 'list', '--json'], envOf(KEY))
      return JSON.parse(String(stdout)) as { monitor: string; state: string; waitingForKey?: string }[]
    }
    const rows = await until(
      'all of it waits',
      async () => {
        const found = await rowsNow()
        return new Set(found.map(({ monitor, state }) => `${monitor} ${state}`)).size === 12 && found
      },
      LONG_MS,
    )
    const waiting = (name: string) => rows.filter(({ monitor }) => monitor.startsWith(`${name}-`))
    expect(new Set(waiting('one').map(({ waitingForKey }) => waitingForKey))).toEqual(new Set([undefined]))
    expect(new Set(waiting('other').map(({ waitingForKey }) => waitingForKey))).toEqual(
      new Set([expect.stringMatching(/^[0-9a-f]{12}$/)]),
    )
    const table = linesOf((await cronitor(['spool', 'list'], envOf(KEY))).stdout).slice(1)
    expect(table.filter(line => / other-/.test(line)).length).toBeGreaterThanOrEqual(6)
    for (const line of table) expect(line.includes('; waits for the key ')).toBe(/ other-/.test(line))

    up.add(KEY)
    const first = await flush(api, spool, { CRONITOR_API_KEY: KEY })
    expect({ status: first.status, stdout: String(first.stdout), stderr: String(first.stderr) }).toEqual({
      status: 1,
      stdout: expect.stringMatching(/^\d+ delivered, 0 left, \d+ waiting for another key\n$/),
      stderr: '',
    })
    const takenFor = (name: string) =>
      new Set(
        takenOf(api)
          .map(({ monitorKey, state }) => `${monitorKey} ${state}`)
          .filter(each => each.startsWith(`${name}-`)),
      )
    expect(takenFor('one').size).toBe(6)
    up.add(OTHER_KEY)
    const second = await flush(api, spool, { CRONITOR_API_KEY: OTHER_KEY })
    expect(second.status).toBe(0)
    expect(takenFor('other').size).toBe(6)
    expect(foreign()).toEqual([])
    expect(waitingIn(spool)).toBe(0)
  })
})

/** Nothing is taken until the test says so. */
async function downApi(retryAfter: string): Promise<FakeApi & { heal: () => void }> {
  let isDown = true
  const api = await apiForTest({
    respond: () => (isDown ? { status: 503, headers: { 'retry-after': retryAfter } } : { status: 200 }),
  })
  return Object.assign(api, {
    heal() {
      isDown = false
    },
  })
}

describe.skipIf(!hasProc)('the courier (needs /proc)', () => {
  /** The wrapper leaves once `Retry-After` goes beyond its time, and has the rest of that for moving its events to the queue. */
  const couriers = { CRONITOR_NO_COURIER: undefined, CRONITOR_DELIVER_WITHIN: '900ms' }

  /** Each state at its first time: a wrapper that had no time to remove its record has both sent once more. */
  const firstStates = (api: FakeApi, monitor?: string) => [...new Set(statesOf(takenOf(api, monitor)))]

  test('is one for a spool, however many wrappers leave something at once', {
    timeout: 4 * LONG_MS,
  }, async () => {
    const api = await downApi('1')
    const spool = newSpool()
    const home = tempDir('home')
    const env = reportingTo(api, { ...couriers, CRONITOR_SPOOL_DIR: spool, HOME: home })
    leftovers.push(() => couriersFrom(home).map(pid => kill(pid, 'SIGTERM')))
    const wave = (name: string, count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          exec([`${name}-${index}`, 'true'], env, { timeoutMs: LONG_MS }),
        ),
      )
    for (const { status, stdout } of await wave('first', 8)) expect([status, String(stdout)]).toEqual([0, ''])
    const pid = courierOf(spool, KEY)
    expect(pid).toBeDefined()
    expect(couriersFrom(home)).toEqual([pid])
    // Nor beside one that is in the middle of its wait.
    for (const { status } of await wave('second', 4)) expect(status).toBe(0)
    expect(courierOf(spool, KEY)).toBe(pid)
    expect(couriersFrom(home)).toEqual([pid])

    api.heal()
    await until('the courier has left', () => couriersFrom(home).length === 0, LONG_MS)
    // On a busy machine a wrapper may leave before it has moved its events from its record to the queue.
    await flush(api, spool)
    expect(waitingIn(spool)).toBe(0)
    for (const [name, count] of Object.entries({ first: 8, second: 4 }))
      for (let index = 0; index < count; index++)
        expect(firstStates(api, `${name}-${index}`)).toEqual(['run', 'complete'])
  })

  test.each([
    ['its launcher', [paths.bin.exec]],
    ['Node.js alone', [paths.node, paths.bin.execJs]],
  ])('holds nothing of the wrapper’s that %s started', { timeout: 4 * LONG_MS }, async (_, wrapper) => {
    const api = await downApi('1')
    const spool = newSpool()
    const env = reportingTo(api, { ...couriers, CRONITOR_SPOOL_DIR: spool })
    const locks = ['bash', '-c', 'exec 9> lock9 200> lock200; flock 9; flock 200; exec "$@"', 'bash']
    const job = 'for lock in lock9 lock200; do flock -n $lock true; echo $?; done'
    const running = start([...locks, ...wrapper, 'locked', 'sh', '-c', job], { env })
    // When nobody holds stdout and stderr any more: for `cronitor-exec ... | cat`, cat ends.
    const { status, stdout } = await running.done
    // The locks were held as long as the job ran.
    expect([status, String(stdout)]).toEqual([0, '1\n1\n'])
    const pid = courierOf(spool, KEY) ?? -1
    leftovers.push(() => kill(pid, 'SIGTERM'))
    expect(isGone(pid)).toBe(false)

    const isFree = async (lock: string) =>
      (await run(['flock', '-n', join(running.home, lock), 'true'])).status === 0
    // It has to come as far as to close them.
    for (const lock of ['lock9', 'lock200']) await until(`${lock} is free`, () => isFree(lock), LONG_MS)
    expect(openOf(pid).filter(path => path.startsWith(running.home))).toEqual([])
    expect([1, 2].map(fd => descriptorsOf(pid).get(fd))).toEqual(['/dev/null', '/dev/null'])
    const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    expect(session).toBe(String(pid))
    expect(statOf(pid)?.group).toBe(pid)
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
    const words = [...procStrings(pid, 'cmdline'), ...procStrings(pid, 'environ')]
    expect(words).toContain('courier')
    expect(words.filter(word => word.includes(KEY) || word.startsWith('CRONITOR_'))).toEqual([])
    expect(isGone(pid)).toBe(false)

    api.heal()
    await until('the courier has left', () => isGone(pid), LONG_MS)
    expect(firstStates(api)).toEqual(['run', 'complete'])
  })

  const openOf = (pid: number) => [...descriptorsOf(pid).values()]

  test('lets flush take over from its wait', { timeout: 4 * LONG_MS }, async () => {
    const api = await downApi('3')
    const spool = newSpool()
    const env = reportingTo(api, { ...couriers, CRONITOR_SPOOL_DIR: spool })
    expect((await exec(['waiting', 'true'], env)).status).toBe(0)
    const pid = courierOf(spool, KEY) ?? -1
    leftovers.push(() => kill(pid, 'SIGTERM'))
    await api.waitFor(events => events.some(event => isLate(event) && event.answered === 503), LONG_MS)
    expect(isGone(pid)).toBe(false)

    api.heal()
    const result = await flush(api, spool)
    expect({ status: result.status, stdout: String(result.stdout), stderr: String(result.stderr) }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^[2-4] delivered, 0 left\n$/),
      stderr: '',
    })
    expect(firstStates(api)).toEqual(['run', 'complete'])
    await until('the courier has left', () => isGone(pid), LONG_MS)
  })

  test('keeps what it has not delivered when TERM ends it', { timeout: 4 * LONG_MS }, async () => {
    const api = await downApi('3')
    const spool = newSpool()
    const env = reportingTo(api, { ...couriers, CRONITOR_SPOOL_DIR: spool })
    expect((await exec(['waiting', 'true'], env)).status).toBe(0)
    const pid = courierOf(spool, KEY) ?? -1
    leftovers.push(() => kill(pid, 'SIGKILL'))
    await api.waitFor(events => events.some(isLate), LONG_MS)
    kill(pid, 'SIGTERM')
    await until('the courier has left', () => isGone(pid), LONG_MS)
    expect(keptIn(spool)).toBe(2)
    expect(unreadableIn(spool)).toEqual([])
    api.heal()
    expect((await flush(api, spool)).status).toBe(0)
    expect(firstStates(api)).toEqual(['run', 'complete'])
  })
})
