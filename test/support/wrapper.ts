/** The built commands against a Telemetry API of the test's own, with the words that tests of events need. */

import { existsSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type FakeApi, type FakeApiOptions, type RecordedRequest, startFakeApi } from './fake-api.ts'
import { KEY } from './key.ts'
import { paths, type Running, type RunOptions, type RunResult, run, start } from './run.ts'
import { until } from './until.ts'

/** A fake API that ends with the test, which fails if a request was not as the API's description declares. */
export async function apiForTest(options: FakeApiOptions = {}): Promise<FakeApi> {
  const api = await startFakeApi(options)
  onTestFinished(() => api.close())
  return api
}

type Environment = NonNullable<RunOptions['env']>

/**
 * Where events go, and with which key. The default time for the delivery is too short for a machine that has no processor for
 * it for some seconds: what is not delivered then is kept, with a warning.
 */
export function reportingTo(api: { readonly url: string }, more: Environment = {}): Environment {
  return {
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_API_KEY: KEY,
    CRONITOR_DELIVER_WITHIN: '60s',
    ...more,
  }
}

/** `cronitor-exec ARGS`, to its end. */
export function exec(
  args: readonly string[],
  env: Environment,
  options: RunOptions = {},
): Promise<RunResult> {
  return run([paths.bin.exec, ...args], { ...options, env })
}

/** The same, still running. */
export function startExec(args: readonly string[], env: Environment, options: RunOptions = {}): Running {
  return start([paths.bin.exec, ...args], { ...options, env })
}

/** `cronitor ARGS`, to its end. */
export function cronitor(
  args: readonly string[],
  env: Environment = {},
  options: RunOptions = {},
): Promise<RunResult> {
  return run([paths.bin.cronitor, ...args], { ...options, env })
}

export function linesOf(output: Buffer): string[] {
  return String(output)
    .split('\n')
    .filter(line => line !== '')
}

export function statesOf(events: readonly RecordedRequest[]): (string | null)[] {
  return events.map(({ state }) => state)
}

export function namesOf(event: RecordedRequest | undefined): string[] {
  return [...(event?.params.keys() ?? [])]
}

/** The first event of that state that was accepted (answered with 2xx). */
export function acceptedEvent(api: FakeApi, state: string): RecordedRequest | undefined {
  return api.events().find(event => event.state === state && event.answered === 200)
}

/** Resolves once there is a file of that name. */
export async function untilFile(path: string, timeoutMs?: number): Promise<void> {
  await until(`${path} is there`, () => existsSync(path), timeoutMs)
}

/** Passes TCP connections on to a port of 127.0.0.1 and counts them. */
export async function countingRelay(toPort: number): Promise<{ url: string; connections: () => number }> {
  let count = 0
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    count += 1
    const onward = connect(toPort, '127.0.0.1')
    for (const end of [socket, onward]) {
      sockets.add(end)
      end.on('error', () => {}).on('close', () => sockets.delete(end))
    }
    socket.pipe(onward).pipe(socket)
  })
  const url = await listening(server)
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return { url, connections: () => count }
}

/** Lets a server listen on a free port of 127.0.0.1; its address as an http URL. */
export async function listening(server: import('node:net').Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it does not listen on a port')
  return `http://127.0.0.1:${address.port}`
}
