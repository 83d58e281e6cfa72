/** `cronitor serve`: the Telemetry API in this process, each event a line on stdout. */

import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { eventJson, eventLine, noPaint, type Paint } from '../collector/event-line.ts'
import { createLimits, noLimits } from '../collector/limits.ts'
import { type Collector, startCollector } from '../collector/server.ts'
import { createStore } from '../collector/store.ts'
import { DEFAULT_PORT } from './serve-options.ts'

export interface ServeOptions {
  /** 0 to 65535; 0 is any free port, which is then printed. Default: `DEFAULT_PORT`. */
  readonly port?: number
  /** Each line is JSON, the first one too: `{"listening":"http://127.0.0.1:PORT"}`. */
  readonly json?: boolean
  /** `false` switches the limits of the API off. */
  readonly limits?: boolean
}

export interface ServeIo {
  readonly stdout: Writable
  readonly stderr: Writable
  /** Is stdout a terminal, so that colours are of use? */
  readonly isTerminal: boolean
  /** Resolves when the server is to end. Once the signal is aborted nobody listens to it. */
  readonly stop: (signal: AbortSignal) => Promise<unknown>
}

/** Returns the exit status: 0 after TERM, INT or when nobody reads stdout any more; 1 if it cannot listen. */
export async function serve(options: ServeOptions = {}, io: ServeIo = processIo()): Promise<number> {
  const over = new AbortController()
  let unreadable: NodeJS.ErrnoException | undefined
  io.stdout.on('error', error => {
    unreadable = error
    over.abort()
  })
  // Where stderr cannot be written to, there is nobody to tell.
  io.stderr.on('error', () => {})
  const stopped = Promise.race([io.stop(over.signal), aborted(over.signal)])

  const paint = io.isTerminal && options.json !== true ? await colours() : noPaint
  const print = (line: string) => {
    if (unreadable === undefined) io.stdout.write(`${line}\n`)
  }
  const store = createStore(event =>
    print(options.json === true ? eventJson(event) : eventLine(event, paint)),
  )

  let collector: Collector
  const port = options.port ?? DEFAULT_PORT
  try {
    collector = await startCollector({
      port,
      store,
      limits: options.limits === false ? noLimits : createLimits(),
    })
  } catch (error) {
    over.abort()
    io.stderr.write(`cronitor: cannot listen on 127.0.0.1:${port}: ${reason(error)}\n`)
    return 1
  }
  print(
    options.json === true ? JSON.stringify({ listening: collector.url }) : `Listening on ${collector.url}`,
  )

  await stopped
  over.abort()
  await collector.close()
  if (unreadable !== undefined && unreadable.code !== 'EPIPE') {
    io.stderr.write(`cronitor: cannot write to standard output: ${reason(unreadable)}\n`)
    return 1
  }
  return 0
}

function processIo(): ServeIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    // https://no-color.org; chalk does not look at it.
    isTerminal: isatty(1) && !process.env.NO_COLOR,
    stop: signal =>
      new Promise(resolve => {
        for (const name of ['SIGTERM', 'SIGINT'] as const) {
          process.once(name, resolve)
          signal.addEventListener('abort', () => process.off(name, resolve))
        }
      }),
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

async function colours(): Promise<Paint> {
  const { default: chalk } = await import('chalk')
  const states = { run: chalk.cyan, complete: chalk.green, ok: chalk.green, fail: chalk.red }
  return { state: (text, state) => states[state](text), faint: text => chalk.dim(text) }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return 'something else listens there already (--port chooses another, 0 any free one)'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error ? error.message : String(error)
}
