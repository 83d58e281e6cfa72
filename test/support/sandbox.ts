/** Runs a job bare and through the wrapper in the same surroundings, and looks at the events that the wrapper sent. */

import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { type FakeApi, type RecordedRequest, startFakeApi } from './fake-api.ts'
import { PRINTED_KEY } from './key.ts'
import { paths, type RunOptions, type RunResult, run } from './run.ts'
import { tempDir } from './temp.ts'

/** A series that the wrapper makes itself (RFC 9562, version 4). */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export interface Sandbox {
  readonly api: FakeApi
  /** HOME and working directory of all runs. */
  readonly home: string
  /** The wrapper's settings as variables, and the same HOME for every run. */
  readonly env: Readonly<Record<string, string>>
  /** A monitor key that no other run has. */
  readonly newKey: () => string
  /** Runs a program with the stage's environment and working directory. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<RunResult>
  /** The same job bare, then through the wrapper. */
  readonly compare: (comparison: Comparison) => Promise<Compared>
  /** The events of a run that is over: `run`, then the end. */
  readonly eventsOf: (monitorKey: string) => readonly [RecordedRequest, RecordedRequest]
}

export interface Comparison extends RunOptions {
  /** A script of the outer shell, in which `"$@"` is the job or the wrapper with the job. Default: `exec "$@"`. */
  readonly around?: string
  readonly job: readonly string[]
  /** `sh` unless given. */
  readonly shell?: 'sh' | 'bash'
  /** In place of the launcher. */
  readonly wrapper?: readonly string[]
  /** Options of the wrapper, in front of the monitor key. */
  readonly flags?: readonly string[]
}

export interface Seen {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Compared {
  readonly bare: Seen
  readonly wrapped: Seen
  readonly monitorKey: string
}

/** Starts a Telemetry API for one test file, ended after its last test. */
export async function openSandbox(name: string): Promise<Sandbox> {
  const api = await startFakeApi()
  afterAll(api.close)
  const home = tempDir(name)
  const spools = tempDir(`${name}-spool`)
  let runs = 0
  /** What one run could not deliver is not to be delivered by another. */
  const newSpool = () => {
    runs += 1
    return join(spools, String(runs))
  }
  const env = {
    HOME: home,
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_API_KEY: PRINTED_KEY,
    CRONITOR_ENV: 'test',
    // A machine under load shall not make an event late.
    CRONITOR_DELIVER_WITHIN: '30s',
    CRONITOR_SPOOL_DIR: newSpool(),
    CRONITOR_NO_COURIER: '1',
    CRONITOR_DATA_DIR: join(home, 'data'),
  }
  let keys = 0

  const sandbox: Sandbox = {
    api,
    home,
    env,
    newKey() {
      keys += 1
      return `${name}-${keys}`
    },
    run: (argv, options = {}) =>
      run(argv, {
        cwd: home,
        ...options,
        env: { ...env, CRONITOR_SPOOL_DIR: newSpool(), ...options.env },
        timeoutMs: options.timeoutMs ?? 170_000,
      }),
    async compare(comparison) {
      const {
        around = 'exec "$@"',
        job,
        shell = 'sh',
        wrapper = [paths.bin.exec],
        flags = [],
        ...rest
      } = comparison
      // The same for both: a job may print its environment.
      const options = { ...rest, env: { CRONITOR_SPOOL_DIR: newSpool(), ...rest.env } }
      const monitorKey = sandbox.newKey()
      const outer = [shell, '-c', around, 'outer']
      const bare = await sandbox.run([...outer, ...job], options)
      const wrapped = await sandbox.run([...outer, ...wrapper, ...flags, monitorKey, '--', ...job], options)
      return { bare: seen(bare), wrapped: seen(wrapped), monitorKey }
    },
    eventsOf(monitorKey) {
      const [first, last, ...more] = api.events(monitorKey)
      if (first === undefined || last === undefined || more.length > 0) {
        const states = api.events(monitorKey).map(({ state }) => state)
        throw new Error(`expected two events of ${monitorKey}, but there are: ${states.join(', ') || 'none'}`)
      }
      return [first, last]
    },
  }
  return sandbox
}

export function seen({ status, signal, stdout, stderr }: RunResult): Seen {
  return { status, signal, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') }
}

export interface ExpectedEnd {
  readonly state: 'complete' | 'fail'
  readonly status: number
  /** The whole message; undefined: the event has none. */
  readonly message: string | undefined
}

/** Holds both events of a run against the contract, parameter by parameter. */
export function expectEvents(sandbox: Sandbox, monitorKey: string, expected: ExpectedEnd): void {
  const [started, ended] = sandbox.eventsOf(monitorKey)
  const series = started.params.get('series')
  expect(series).toMatch(UUID)
  expect(started.answered).toBe(200)
  expect([...started.params].sort()).toEqual([
    ['env', 'test'],
    ['host', hostname()],
    ['series', series],
    ['state', 'run'],
  ])
  expect(ended.params.getAll('metric')).toEqual([expect.stringMatching(/^duration:\d+\.\d{3}$/)])
  const rest = [...ended.params].filter(([name]) => name !== 'metric').sort()
  expect(rest).toEqual([
    ['env', 'test'],
    ['host', hostname()],
    ...(expected.message === undefined ? [] : [['message', expected.message]]),
    ['series', series],
    ['state', expected.state],
    ['status_code', String(expected.status)],
  ])
}
