/**
 * Each fault of the network or the API at each moment of a run: the job is what it is without the wrapper, and no event
 * is lost. It arrives once the fault is over, in order, or is kept as refused with its status.
 *
 * What comes first and what later is arranged by what is seen of the wrapper (its log, its record of the run, its
 * requests), nowhere by time.
 */

import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Answer, type FakeApi, type RecordedRequest, startFakeApi } from '../../support/fake-api.ts'
import { makeOwnNames, makeOwnNetwork, noNamespaces } from '../../support/network-namespace.ts'
import { isGone } from '../../support/process-state.ts'
import { startRawServer } from '../../support/raw-server.ts'
import { paths, type RunResult, run, start } from '../../support/run.ts'
import { openSwitchablePort } from '../../support/switchable-port.ts'
import { MEMORY, tempDir } from '../../support/temp.ts'
import { type Authority, hasOpenssl, makeAuthority } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { linesOf, reportingTo, statesOf } from '../../support/wrapper.ts'

const MOMENTS = ['before run', 'between run and end', 'after end'] as const
type Moment = (typeof MOMENTS)[number]

type State = 'run' | 'fail'

/**
 * What becomes of an event that meets a fault. 'kept': it is tried again, then kept in the spool. 'delivered': the
 * status that had come counts. A number: it is refused with this status.
 */
type Outcome = 'kept' | 'delivered' | number

/** A fault that is ready to begin, and how the API is reached apart from it. */
interface Fault {
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  /** What command lines begin with. */
  readonly inside?: readonly string[]
  /** Whoever connects from now on meets it, or whoever sends a request; what is under way goes on. */
  readonly begin: () => void | Promise<void>
  /** Called once nothing is under way any more, if the fault was not whole before. */
  readonly complete?: () => Promise<void>
  readonly lift: () => void | Promise<void>
  /** True if it hinders connections, so that no earlier one may be reused. */
  readonly isOfConnections?: true
  /** Another way to the API, for who comes later. */
  readonly laterUrl?: string
  /** Called when all is over. */
  readonly check?: () => void
}

interface Row {
  readonly what: string
  readonly outcome: Outcome
  /** What the warning says of it, if there is one. */
  readonly told?: RegExp
  /** Why it cannot be had here. */
  readonly missing?: string | undefined
  readonly prepare: (stage: Stage) => Fault | Promise<Fault>
}

/** What a cell has for itself. */
interface Stage {
  readonly api: FakeApi
  readonly moment: Moment
  /** How the API answers; it is well at first. */
  answer: (event: RecordedRequest) => Answer | Promise<Answer>
  /** Runs when the cell is over, in reverse order. */
  readonly after: (cleanUp: () => void | Promise<void>) => void
}

const WELL: Answer = { status: 200 }
const WELL_AND_CLOSED: Answer = { status: 200, headers: { connection: 'close' } }

/** A fault of the API itself. */
function answering(answerTo: (event: RecordedRequest) => Answer | Promise<Answer>) {
  return (stage: Stage): Fault => ({
    url: stage.api.url,
    begin: () => {
      stage.answer = answerTo
    },
    lift: () => {
      stage.answer = () => WELL
    },
  })
}

const status = (code: number, headers: () => Record<string, string> = () => ({})) =>
  answering(() => ({ status: code, headers: headers() }))

const noOpenssl = hasOpenssl() ? undefined : 'no openssl to make certificates'
let authority: Authority

/** A front with the API's certificate, which changes to one for `names` and of `when`. */
const certificate = (names: string, when: 'now' | 'long ago') => async (stage: Stage) => {
  const good = authority.issue('IP:127.0.0.1')
  const bad = authority.issue(names, when)
  const door = await openSwitchablePort(stage.api.port, good)
  stage.after(door.close)
  return {
    url: `https://127.0.0.1:${door.port}`,
    env: { NODE_EXTRA_CA_CERTS: authority.caFile },
    isOfConnections: true,
    begin: () => door.open(bad),
    lift: () => door.open(good),
  } as const
}

const refusedWith = (code: number, cause: string) => new RegExp(`refused with HTTP status ${code}: ${cause}`)

const ROWS: readonly Row[] = [
  {
    what: 'connection refused',
    outcome: 'kept',
    told: /connection refused by 127\.0\.0\.1:\d+$/,
    async prepare({ api, after }) {
      const door = await openSwitchablePort(api.port)
      after(door.close)
      return {
        url: `http://127.0.0.1:${door.port}`,
        isOfConnections: true,
        begin: door.shut,
        lift: () => door.open(),
      }
    },
  },
  {
    what: 'unroutable',
    outcome: 'kept',
    told: /no route to .*\(ENETUNREACH\)$/,
    missing: noNamespaces,
    async prepare({ api, after }) {
      const network = await makeOwnNetwork(api.port)
      after(network.close)
      return {
        url: network.url,
        inside: network.inside,
        isOfConnections: true,
        // What is under way would be cut off with the device.
        begin: network.shut,
        complete: network.down,
        lift: network.up,
      }
    },
  },
  {
    what: 'DNS failure',
    outcome: 'kept',
    told: /host name telemetry\.invalid not found$/,
    missing: noNamespaces,
    prepare({ api, moment }) {
      const names = makeOwnNames('telemetry.invalid')
      return {
        url: `http://telemetry.invalid:${api.port}`,
        inside: names.inside,
        isOfConnections: true,
        begin: () => names.know(false),
        lift: () => names.know(true),
        // Where an event goes is a setting of who sends it.
        ...(moment === 'before run' && { laterUrl: api.url }),
      }
    },
  },
  {
    what: 'TLS name mismatch',
    outcome: 'kept',
    told: /certificate of 127\.0\.0\.1:\d+ refused: it is for another host name$/,
    missing: noOpenssl,
    prepare: certificate('DNS:other.example,IP:127.0.0.2', 'now'),
  },
  {
    what: 'expired certificate',
    outcome: 'kept',
    told: /certificate of 127\.0\.0\.1:\d+ refused: it has expired$/,
    missing: noOpenssl,
    prepare: certificate('IP:127.0.0.1', 'long ago'),
  },
  {
    what: 'accept and hang',
    outcome: 'kept',
    told: /no answer/,
    prepare(stage) {
      let letGo = (_answer: Answer): void => {}
      const never = new Promise<Answer>(resolve => {
        letGo = resolve
      })
      const fault = answering(() => never)(stage)
      return {
        ...fault,
        async lift() {
          await fault.lift()
          // A server that is mended by a restart drops its connections.
          letGo('reset')
        },
      }
    },
  },
  {
    what: 'headers then hang',
    outcome: 'delivered',
    prepare: answering(() => 'hang-after-headers'),
  },
  {
    what: 'reset mid-body',
    outcome: 'delivered',
    prepare: answering(() => 'reset-in-body'),
  },
  {
    what: 'garbage',
    outcome: 'kept',
    told: /sent something that is not HTTP$/,
    prepare: answering(() => 'garbage'),
  },
  { what: '500', outcome: 'kept', told: /HTTP status 500$/, prepare: status(500) },
  { what: '502', outcome: 'kept', told: /HTTP status 502$/, prepare: status(502) },
  {
    what: '503 + Retry-After seconds',
    outcome: 'kept',
    told: /HTTP status 503$/,
    prepare: status(503, () => ({ 'retry-after': '2' })),
  },
  {
    what: '503 + Retry-After date',
    outcome: 'kept',
    told: /HTTP status 503$/,
    prepare: status(503, () => ({ 'retry-after': new Date(Date.now() + 2000).toUTCString() })),
  },
  { what: '429', outcome: 'kept', told: /HTTP status 429$/, prepare: status(429) },
  {
    what: '429 + Retry-After',
    outcome: 'kept',
    told: /HTTP status 429$/,
    prepare: status(429, () => ({ 'retry-after': '1' })),
  },
  { what: '400', outcome: 400, told: refusedWith(400, 'a parameter was not accepted'), prepare: status(400) },
  { what: '401', outcome: 401, told: refusedWith(401, 'the API key is wrong'), prepare: status(401) },
  { what: '403', outcome: 403, told: refusedWith(403, 'the API key is wrong or'), prepare: status(403) },
  { what: '404', outcome: 404, told: refusedWith(404, 'there is no such monitor'), prepare: status(404) },
  { what: '413', outcome: 413, told: refusedWith(413, 'the request is too large'), prepare: status(413) },
  { what: '414', outcome: 414, told: refusedWith(414, 'the request is too long'), prepare: status(414) },
  {
    what: '301 elsewhere',
    outcome: 301,
    told: refusedWith(301, 'a redirect, which is not followed'),
    async prepare(stage) {
      const elsewhere = await startRawServer('close')
      stage.after(elsewhere.close)
      return {
        ...answering(({ target }) => ({
          status: 301,
          headers: { location: `${elsewhere.url}${target}` },
        }))(stage),
        check: () => expect(elsewhere.connections()).toBe(0),
      }
    },
  },
]

const MONITOR = 'nightly'

/** Prints bytes that are no text, waits for the file `go`, ends with a status that nothing else has. */
const JOB = `
printf 'out 1\\n\\000\\377\\033[31mred\\033[0m\\r'
printf 'err 1\\n' >&2
: > "$1/started"
while ! [ -e "$1/go" ]; do sleep 0.05; done
printf 'out 2, and no newline'
printf 'err 2\\n' >&2
: > "$1/ended"
exit 3`

const jobIn = (folder: string) => ['/bin/sh', '-c', JOB, 'job', folder]

/** For what a loaded machine may need; nothing is held against it but these. */
const PATIENCE_MS = 40_000
const CELL_MS = 120_000

let bare: RunResult

beforeAll(async () => {
  if (noOpenssl === undefined) authority = makeAuthority()
  const folder = tempDir('bare')
  writeFileSync(join(folder, 'go'), '')
  bare = await run(jobIn(folder))
  expect(bare.status).toBe(3)
})

/** One moment of each fault whose events wait in the spool is a courier's, the others are `cronitor spool flush`'s. */
function isCouriers(row: Row, moment: Moment): boolean {
  const index = ROWS.filter(({ outcome }) => outcome === 'kept').indexOf(row)
  return index >= 0 && index % MOMENTS.length === MOMENTS.indexOf(moment)
}

for (const row of ROWS) {
  for (const moment of MOMENTS) {
    const by = row.outcome === 'kept' ? (isCouriers(row, moment) ? ', by courier' : ', by flush') : ''
    test.concurrent(
      `${row.what}, ${moment}: ${wordsFor(row.outcome)}${by}`,
      async context => {
        if (row.missing !== undefined) context.skip(row.missing)
        const cleanUps: (() => void | Promise<void>)[] = []
        const api = await startFakeApi()
        try {
          await playCell(row, { api, moment, answer: () => WELL, after: cleanUp => cleanUps.push(cleanUp) })
        } finally {
          for (const cleanUp of cleanUps.reverse()) await cleanUp()
          await api.close()
        }
      },
      CELL_MS,
    )
  }
}

function wordsFor(outcome: Outcome): string {
  switch (outcome) {
    case 'kept':
      return 'delivered late'
    case 'delivered':
      return 'delivered at once'
    default:
      return `refused with ${outcome}`
  }
}

async function playCell(row: Row, stage: Stage): Promise<void> {
  const { api, moment } = stage
  const { outcome } = row
  const folder = tempDir('cell')
  const inFolder = (name: string) => join(folder, name)
  const spool = join(tempDir('spool', MEMORY), 'spool')
  const inSpool = (name: string) => namesIn(join(spool, name))
  const fault = await row.prepare(stage)
  const well = fault.isOfConnections ? WELL_AND_CLOSED : WELL
  if (fault.isOfConnections) stage.answer = () => well

  let letRunGo = (): void => {}
  const held = new Promise<void>(resolve => {
    letRunGo = resolve
  })
  let runs = 0
  api.respond = async event => {
    if (moment !== 'after end' || event.state !== 'run') return await stage.answer(event)
    runs += 1
    const count = runs
    await held
    // One that was held for too long has been given up.
    return count === runs ? well : 'reset'
  }

  const byCourier = isCouriers(row, moment)
  const env = reportingTo(fault, {
    ...fault.env,
    CRONITOR_SPOOL_DIR: spool,
    CRONITOR_LOG: inFolder('log'),
    ...(byCourier && { CRONITOR_NO_COURIER: undefined }),
  })
  const inside = fault.inside ?? []
  const problem = row.told?.source.replace(/\$$/, '')
  const logged = (line: RegExp) => existsSync(inFolder('log')) && line.test(read(inFolder('log')))
  const seen = (what: string, look: () => boolean) => until(what, look, PATIENCE_MS)
  const arrived = (what: string, accept: (event: RecordedRequest) => boolean) =>
    seen(`${what} reaches the API`, () => api.events().some(accept))
  const isAnswered = row.what !== 'accept and hang'
  /** The fault has shown itself to the event of that state, and what the wrapper says of it is settled. */
  const met = (state: State) =>
    outcome === 'kept' && isAnswered
      ? seen(`${state} meets the fault`, () =>
          logged(new RegExp(`${state} of ${MONITOR}: .*${problem}; trying again`)),
        )
      : arrived(state, event => event.state === state)
  const delivered = (state: State) =>
    seen(`${state} is delivered`, () => logged(new RegExp(`delivered ${state} of ${MONITOR}$`, 'm')))
  const letJobGo = () => writeFileSync(inFolder('go'), '')

  // Where it has to leave events behind, its stay is ended by time in the first moment, and by a signal in the others.
  const isLeftByTime = outcome === 'kept' && moment === 'before run'
  if (moment === 'before run') {
    await fault.begin()
    await fault.complete?.()
  }
  const startedAfter = Date.now()
  const running = start(
    [
      ...inside,
      paths.bin.exec,
      '--deliver-within',
      isLeftByTime ? '300ms' : '60s',
      MONITOR,
      '--',
      ...jobIn(folder),
    ],
    { env, timeoutMs: CELL_MS },
  )
  stage.after(() => running.signalGroup('SIGKILL'))
  switch (moment) {
    case 'before run':
      await met('run')
      letJobGo()
      break
    case 'between run and end':
      await delivered('run')
      await fault.begin()
      await fault.complete?.()
      letJobGo()
      break
    case 'after end':
      await arrived('run', () => true)
      letJobGo()
      // The wrapper has seen the job's end, and has the event in line behind `run`.
      await seen('the end is noted', () => inSpool('runs').some(name => name.endsWith('.end')))
      await fault.begin()
      letRunGo()
      await delivered('run')
      await fault.complete?.()
      break
    default:
      moment satisfies never
  }
  if (outcome === 'kept' && !isLeftByTime) {
    await met('fail')
    running.signal('SIGTERM')
  }
  const result = await running.done
  const endedBefore = Date.now()
  const courier = byCourier ? courierOf(spool) : undefined
  stage.after(async () => {
    if (courier === undefined || isGone(courier)) return
    try {
      process.kill(courier, 'SIGKILL')
    } catch {
      // It has left meanwhile.
    }
    await until('the courier is killed', () => isGone(courier))
  })

  // The job is what it is without the wrapper.
  expect({ ...result, elapsedMs: 0, stderr: '' }).toEqual({ ...bare, elapsedMs: 0, stderr: '' })
  const [first, second, ...own] = linesOf(result.stderr)
  expect([first, second]).toEqual(linesOf(bare.stderr))
  expect(own).toEqual(row.told === undefined ? [] : [expect.stringMatching(row.told)])
  for (const line of own) expect(line).toMatch(/^cronitor-exec: /)

  const late: State[] = moment === 'before run' ? ['run', 'fail'] : ['fail']
  expect(inSpool('runs')).toEqual([])
  if (outcome === 'kept') expect(inSpool('queue')).toHaveLength(late.length)

  if (courier !== undefined) {
    if (isAnswered)
      await seen('the courier meets the fault', () => logged(new RegExp(`: .*${problem}; it stays`)))
    else await arrived('what the courier sends', ({ params }) => params.has('stamp'))
  }
  await fault.lift()
  if (courier !== undefined) {
    await seen('nothing is left', () => inSpool('queue').length === 0)
    await seen('the courier has left', () => isGone(courier))
  } else {
    const later = {
      ...env,
      CRONITOR_DELIVER_WITHIN: '60s',
      ...(fault.laterUrl && { CRONITOR_TELEMETRY_URL: fault.laterUrl }),
    }
    const argv = [...(fault.laterUrl ? [] : inside), paths.bin.cronitor, 'spool', 'flush']
    const flush = await run(argv, { env: later, timeoutMs: CELL_MS })
    const words = `${outcome === 'kept' ? late.length : 0} delivered, 0 left\n`
    expect({ status: flush.status, stdout: String(flush.stdout), stderr: String(flush.stderr) }).toEqual({
      status: 0,
      stdout: words,
      stderr: '',
    })
  }

  // Each event is with the API, in order, or is refused.
  const taken = api.events().filter(({ answered }) => answered === 200)
  const refused = typeof outcome === 'number' ? late : []
  expect(statesOf(taken)).toEqual((['run', 'fail'] as const).filter(state => !refused.includes(state)))
  expect(rejectedIn(spool)).toEqual(refused.map(state => ({ state, status: outcome })))
  for (const name of ['runs', 'queue', 'damaged'] as const) expect(inSpool(name)).toEqual([])
  expect(new Set(api.events().map(({ params }) => params.get('series'))).size).toBe(1)

  // What comes late says so, and when it happened; what does not, does not.
  for (const event of taken) {
    const isLate = outcome === 'kept' && late.includes(event.state as State)
    const { params } = event
    expect({ state: event.state, isStamped: params.has('stamp') }).toEqual({
      state: event.state,
      isStamped: isLate,
    })
    // Of a delay under a second nothing is said, and these may be as short.
    const message = params.get('message') ?? ''
    expect(message).not.toContain('[delayed 0s]')
    if (!isLate) {
      expect(message).not.toContain('[delayed ')
      continue
    }
    const [from, to] =
      event.state === 'run'
        ? [startedAfter, statSync(inFolder('started')).mtimeMs]
        : [statSync(inFolder('ended')).mtimeMs, endedBefore]
    const stamp = Number(params.get('stamp'))
    expect(stamp).toBeGreaterThanOrEqual(Math.floor(from / 1000) - 1)
    expect(stamp).toBeLessThanOrEqual(Math.ceil(to / 1000) + 1)
  }
  fault.check?.()
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

/** All names, temporary files included; none if there is no folder. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** State and status of each, oldest first. */
function rejectedIn(spool: string): { state: unknown; status: unknown }[] {
  return namesIn(join(spool, 'rejected')).map(name => {
    const { event, refused } = JSON.parse(read(join(spool, 'rejected', name)))
    return { state: event.state, status: refused.status }
  })
}

/** The process that delivers from a spool: who a wrapper that has left events behind has handed the lock over to. */
function courierOf(spool: string): number {
  const [lock = '', ...others] = namesIn(join(spool, 'locks')).filter(name =>
    /^deliver-[0-9a-f]+$/.test(name),
  )
  expect(others).toEqual([])
  const [role, pid] = readlinkSync(join(spool, 'locks', lock)).split(' ')
  expect(role).toBe('courier')
  return Number(pid)
}
