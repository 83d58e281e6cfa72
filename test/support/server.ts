/** `cronitor serve` as a program, for tests of what it keeps. */

import { onTestFinished } from 'vitest'
import { KEY } from './key.ts'
import { paths, type Running, type RunOptions, start } from './run.ts'
import { until } from './until.ts'

export interface Server {
  readonly url: string
  readonly running: Running
  /** Answers the status. */
  readonly send: (monitor: string, parameters: Readonly<Record<string, string>>) => Promise<number>
}

/** Starts it on a free port, and kills it at the end of the test where it still runs. `wrap` stands in front of it. */
export async function startServer(
  flags: readonly string[],
  { wrap = [], ...options }: RunOptions & { readonly wrap?: readonly string[] } = {},
): Promise<Server> {
  const running = start([...wrap, paths.bin.cronitor, 'serve', '--port', '0', '--json', ...flags], {
    timeoutMs: 120_000,
    ...options,
  })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  const url = await until(
    'the server listens',
    () => /"listening":"([^"]+)"/.exec(String(running.output().stdout))?.[1],
    60_000,
  )
  return {
    url,
    running,
    send: async (monitor, parameters) => {
      const response = await fetch(`${url}/p/${KEY}/${monitor}?${new URLSearchParams(parameters)}`)
      await response.arrayBuffer()
      return response.status
    },
  }
}
