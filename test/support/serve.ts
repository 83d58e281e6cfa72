/** `cronitor serve` as a program, for tests of what it does from outside. */

import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { KEY } from './key.ts'
import { paths, type Running, type RunOptions, start } from './run.ts'
import { until } from './until.ts'
import { linesOf } from './wrapper.ts'

export interface Served {
  readonly url: string
  readonly port: number
  readonly running: Running
  readonly lines: () => string[]
  /** Resolves once so many lines were printed behind the first one. */
  readonly printed: (count: number) => Promise<string[]>
  readonly send: (method: string, target: string, init?: RequestInit) => Promise<Response>
}

export interface ServeSettings extends RunOptions {
  /** The command in front of `serve`. Default: the launcher. */
  readonly program?: readonly string[]
  /**
   * The limits of the API stay. Without it, how many events of a monitor are taken does not depend on how fast this machine
   * sends them.
   */
  readonly withLimits?: boolean
}

/** On a free port of 127.0.0.1, unless the flags say something else; killed if the test has not ended it. */
export async function serve(flags: readonly string[] = [], settings: ServeSettings = {}): Promise<Served> {
  const { program = [paths.bin.cronitor], withLimits = false, ...options } = settings
  const limits = withLimits ? [] : ['--no-limits']
  const running = start([...program, 'serve', '--port', '0', ...limits, ...flags], {
    timeoutMs: 170_000,
    ...options,
    env: { CRONITOR_API_KEY: KEY, ...options.env },
  })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    // A pipe that the test has paused would not end.
    running.stdout?.resume()
    await running.done.catch(() => {})
  })
  const lines = () => linesOf(running.output().stdout)
  let ended = false
  running.exited.then(
    () => (ended = true),
    () => (ended = true),
  )
  await until('the address is printed', () => ended || String(running.output().stdout).includes('\n'))
  const url = /https?:\/\/[^"\s]+/.exec(lines()[0] ?? '')?.[0]
  if (url === undefined) throw new Error(`it does not listen: ${running.output().stderr}`)
  return {
    url,
    port: Number(new URL(url).port),
    running,
    lines,
    printed: async count => {
      await until(`${count} lines are printed`, () => lines().length > count)
      return lines().slice(1)
    },
    send: async (method, target, init) => {
      try {
        return await fetch(`${url}${target}`, { method, ...init })
      } catch (error) {
        // That fetch failed says nothing: the cause is what broke the connection, and the server may have ended.
        const cause = error instanceof Error ? error.cause : undefined
        const server = ended ? 'which has ended' : 'which runs'
        const said = running.output().stderr.toString().slice(-1000)
        throw new Error(`${error}: ${method} ${target} to the server, ${server}: ${cause}: ${said}`, {
          cause,
        })
      }
    },
  }
}

/** Connections that stay as they are until the test is over. */
export async function connectionsTo(port: number, count: number, host = '127.0.0.1'): Promise<Socket[]> {
  const sockets = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(port, host)
          socket.once('error', reject)
          socket.once('connect', () => {
            socket.off('error', reject)
            socket.on('error', () => {})
            resolve(socket)
          })
        }),
    ),
  )
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  return sockets
}
