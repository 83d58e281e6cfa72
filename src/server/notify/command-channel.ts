/** `--notify-command`: runs a program for each message, without a shell. */

import { type ChildProcess, spawn } from 'node:child_process'
import { shownErrorCode } from '../../system/errors.ts'
import { printableJson } from '../../system/printable.ts'
import { type Channel, cursorName, type NotifyOutcome } from './channel.ts'
import { messageOf } from './message.ts'
import { variablesOf } from './variables.ts'

export interface CommandOptions {
  /** The program, by path or by name, and its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** The environment of the program, besides the variables of the notification. The server's secrets are left out. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How long it may run, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number
  /** The time from SIGTERM to SIGKILL, in milliseconds. Default: 2,000. */
  readonly killAfterMs?: number
}

/** stdin has the message in JSON, as `--notify-url` sends it; stdout and stderr are the server's stderr. */
export function commandChannel(options: CommandOptions): Channel {
  const { argv, env } = options
  return {
    // Arguments may be secrets.
    name: `--notify-command ${argv[0]}`,
    cursor: cursorName('command', JSON.stringify(argv)),
    deliver: async (changes, signal) => {
      const message = messageOf(changes)
      const input = `${printableJson(message)}\n`
      return run(options, { ...withoutSecrets(env), ...variablesOf(message) }, input, signal)
    },
    close: () => {},
  }
}

/**
 * They hold, or lead to, the passwords of the server's database and of its mail server: options of the server, which nothing else
 * needs. CRONITOR_API_KEY is not one of them: the program may run `cronitor ping`.
 */
const SECRETS: ReadonlySet<string> = new Set([
  'CRONITOR_DATABASE',
  'PGPASSWORD',
  'PGPASSFILE',
  'CRONITOR_SMTP_URL',
])

function withoutSecrets(env: CommandOptions['env']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRETS.has(name)))
}

function run(
  { argv: [program, ...args], timeoutMs = 60_000, killAfterMs = 2000 }: CommandOptions,
  env: NodeJS.ProcessEnv,
  input: string,
  signal: AbortSignal,
): Promise<NotifyOutcome> {
  return new Promise(resolve => {
    let child: ChildProcess
    try {
      // Its own process group, so that its children are killed with it, and Ctrl-C in the server's terminal does not reach it.
      child = spawn(program, args, { env, stdio: ['pipe', 2, 2], detached: true })
    } catch (error) {
      // Node.js throws E2BIG and EAGAIN instead of emitting them.
      return resolve({ kind: 'failed', problem: startProblem(error) })
    }
    // EPIPE: the program does not read it.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    let why: string | undefined
    let killing: NodeJS.Timeout | undefined
    const end = (reason: string) => {
      if (why !== undefined) return
      why = reason
      signalGroup(child, 'SIGTERM')
      killing = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs)
    }
    const abort = () => end('was ended with the server')
    const timer = setTimeout(() => end(`did not end within ${timeoutMs / 1000} s`), timeoutMs)
    const finish = (delivery: NotifyOutcome) => {
      clearTimeout(timer)
      clearTimeout(killing)
      signal.removeEventListener('abort', abort)
      // A process that the program has left may keep the other end open without reading it.
      child.stdin?.destroy()
      resolve(delivery)
    }
    child.on('error', error => finish({ kind: 'failed', problem: startProblem(error) }))
    child.on('exit', (status, killedBy) => {
      if (why !== undefined) {
        // Its children may have missed or ignored SIGTERM.
        signalGroup(child, 'SIGKILL')
        finish({ kind: 'failed', problem: why })
      } else if (status === 0) finish({ kind: 'delivered' })
      else finish({ kind: 'failed', problem: killedBy ? `killed by ${killedBy}` : `exit status ${status}` })
    })
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: no process is left in the group.
  }
}

/** Never the message of Node.js, which repeats the arguments. */
function startProblem(error: unknown): string {
  const code = shownErrorCode(error)
  switch (code) {
    case 'ENOENT':
      return 'there is no such program, or the interpreter named in its first line is missing'
    case 'EACCES':
      return 'it cannot be run: permission denied'
    default:
      return `it cannot be run: ${code}`
  }
}
