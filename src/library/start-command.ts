/**
 * Starts a command of this package for `run` and `ping`, and reads what it tells.
 *
 * The library runs the commands themselves, in a process of their own, because only that keeps all their promises in a host
 * that does anything else: they set handlers of signals and of the exit, change variables while they open TLS, may leave
 * threads in a file system that hangs, and deliver after the host has called `process.exit` or was killed. In the host
 * remains one child process. It costs what the command costs: docs/library.md has the figures.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { HostMessage } from '../commands/host-message.ts'
import { HOST_KEYS_VARIABLE, HOST_VARIABLE } from '../job/launch-notes.ts'
import { errorMessage } from '../system/error-message.ts'
import { errorCode } from '../system/errors.ts'
import { ownWrapper } from '../system/own-program.ts'
import { withTimeLimit } from '../system/time-limit.ts'
import type { TelemetryOptions } from './options.ts'
import { WrongArgumentError } from './wrong-argument-error.ts'

export interface CommandPlan {
  readonly program: 'cronitor' | 'cronitor-exec'
  readonly args: readonly string[]
  readonly options: TelemetryOptions
  readonly stdio: readonly ['inherit' | 'ignore' | 'pipe', Out, Out]
}

type Out = 'inherit' | 'ignore' | 'pipe'

/** How the command's process ended. */
export type ProcessEnd =
  | { readonly kind: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null }
  /** No process could be started. */
  | { readonly kind: 'failed'; readonly error: NodeJS.ErrnoException }

export interface StartedCommand {
  readonly child: ChildProcess
  readonly ended: Promise<ProcessEnd>
}

/**
 * `onMessage` gets no message after `ended` has resolved. `ended` rejects with a WrongArgumentError if the command finds its
 * arguments wrong.
 *
 * @throws WrongArgumentError
 */
export function startCommand(plan: CommandPlan, onMessage: (message: HostMessage) => void): StartedCommand {
  const { program, args, options, stdio } = plan
  const child = start(() =>
    spawn('/bin/sh', [join(dirname(ownWrapper()), program), ...args], {
      env: environmentOf(options),
      stdio: [...stdio, 'pipe'],
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    }),
  )
  let problem: string | undefined
  const pipe = child.stdio[3] as Readable | undefined
  const told = readMessages(pipe, message => {
    if (message.kind === 'usage-error') problem = message.problem
    else onMessage(message)
  })
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', error => {
      // Also for a signal that could not be sent; the process then still runs.
      if (child.pid === undefined) resolve({ kind: 'failed', error })
    })
    child.once('exit', async (status, signal) => {
      await withTimeLimit(told, REST_MS)
      pipe?.destroy()
      if (problem !== undefined) reject(new WrongArgumentError(problem))
      else resolve({ kind: 'ended', status, signal })
    })
  })
  return { child, ended }
}

/** How long the last messages may take after the end of the command, in milliseconds. */
const REST_MS = 1000

/** An argument that no process can have is an error of the caller. */
function start(spawnCommand: () => ChildProcess): ChildProcess {
  try {
    return spawnCommand()
  } catch (error) {
    throw errorCode(error)?.startsWith('ERR_INVALID_') ? new WrongArgumentError(errorMessage(error)) : error
  }
}

/** Resolves when the command has closed its end. */
function readMessages(pipe: Readable | undefined, onMessage: (message: HostMessage) => void): Promise<void> {
  if (pipe === undefined) return Promise.resolve()
  let rest = ''
  pipe.setEncoding('utf8')
  pipe.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onMessage(JSON.parse(line))
  })
  return new Promise(resolve => {
    pipe.once('close', resolve)
    pipe.once('error', () => resolve())
  })
}

function environmentOf({ environment, apiKey, pingApiKey }: TelemetryOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...environment,
    [HOST_VARIABLE]: ownNode(),
    [HOST_KEYS_VARIABLE]: JSON.stringify({ apiKey, pingApiKey }),
  }
}

/** The launcher ignores a folder, and looks for a Node.js: this process may be Electron or another runtime. */
function ownNode(): string {
  const { electron, bun } = process.versions
  return electron === undefined && bun === undefined ? process.execPath : '/'
}
