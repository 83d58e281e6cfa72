/** Runs a job through the launcher of the job wrapper, against a Telemetry API of the test's. */

import { afterEach } from 'vitest'
import type { FakeApi } from './fake-api.ts'
import { paths, type Running, type RunOptions, start } from './run.ts'
import { until } from './until.ts'
import { reportingTo } from './wrapper.ts'

export const MONITOR = 'a-job'

export interface WrappedOptions extends RunOptions {
  /** The wrapper's own options, before the monitor key. */
  readonly flags?: readonly string[]
  /** What the wrapper is started through, such as nohup. */
  readonly through?: readonly string[]
}

/** The words that start `job` through the wrapper. */
export function wrapped(job: readonly string[], flags: readonly string[] = []): string[] {
  return [paths.bin.exec, ...flags, MONITOR, ...job]
}

const started: Running[] = []

// A test that fails would leave processes that wait for it.
afterEach(() => {
  for (const running of started.splice(0)) running.signalGroup('SIGKILL')
})

export function startWrapped(api: FakeApi, job: readonly string[], options: WrappedOptions = {}): Running {
  const { flags, through = [], env, ...rest } = options
  const running = start([...through, ...wrapped(job, flags)], {
    ...rest,
    env: { ...reportingTo(api), ...env },
  })
  started.push(running)
  return running
}

/** Waits until what has come on a stream holds `text`; resolves with all that has come. */
export function printed(
  running: Running,
  text: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): Promise<string> {
  return until(`${JSON.stringify(text)} on ${stream}`, () => {
    const all = String(running.output()[stream])
    return all.includes(text) && all
  })
}

/** The events that the API has answered with 200, in order, as `state` and `status_code`. */
export function delivered(api: FakeApi): string[] {
  return api
    .events()
    .filter(event => event.answered === 200)
    .map(({ state, params }) => [state, params.get('status_code')].filter(part => part !== null).join(' '))
}
