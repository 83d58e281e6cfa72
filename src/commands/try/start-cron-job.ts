/** Starts a job as cron does: in a session of its own without a terminal, with pipes and cron's environment. */

import { isUtf8 } from 'node:buffer'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, fchmodSync, openSync, write, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { asRecord, type JobEnvironment } from '../../job/environment.ts'
import { findProgram } from '../../job/find-program.ts'
import { openPipes } from '../../job/pipe.ts'
import { cannotRun, type StartFailure, spawnFailure } from '../../job/start-failure.ts'
import { environmentForShell, throughTrampoline } from '../../job/trampoline.ts'
import { errorCode } from '../../system/errors.ts'
import type { CronJob } from './cron-job.ts'

export interface CronJobPlace {
  /** Programs in front of the shell. */
  readonly prefix: readonly string[]
  readonly folder: string
  /** The variable HOME: a SHELL without a leading slash is searched for there. */
  readonly home: string
}

export type StartedCronJob =
  | {
      readonly kind: 'started'
      readonly child: ChildProcess
      /** The pipe with the job's stdout and stderr. */
      readonly readEnd: number
      /** False while a thread waits for the job to read its input. */
      readonly isInputWritten: () => boolean
    }
  | ({ readonly kind: 'not-started' } & StartFailure)

export function startCronJob(job: CronJob, { prefix, folder, home }: CronJobPlace): StartedCronJob {
  const environment = asVariables(job.environment)
  const shell = decoded(job.environment.get('SHELL') ?? '')
  const path = resolve(home, shell)
  // Checked first, because otherwise a program of `prefix` would print its own message.
  const found = shell === '' ? undefined : findProgram(path, [])
  if (found?.kind !== 'found') {
    const { status, reason } = found ?? cannotRun('an empty SHELL cannot be run')
    return { kind: 'not-started', status, reason }
  }
  const pipes = openPipes(2, [])
  if ('problem' in pipes)
    return { kind: 'not-started', ...cannotRun(`no pipe for the job: ${pipes.problem}`) }
  const [input, output] = pipes
  if (input === undefined || output === undefined) throw new Error('openPipes opens two pipes')

  const stdin = blockingEnd(input.readEnd)
  // cron's pipes belong to root, so that no other user can open /dev/stderr (proc_pid_fd(5)).
  for (const { writeEnd } of pipes) fchmodSync(writeEnd, job.account.uid === 0 ? 0o600 : 0)
  const words = [...prefix, prefix.length > 0 ? path : shell, '-c', decoded(job.shellCommand)]
  const bytes = Buffer.from(job.shellCommand, 'latin1')
  const rawWords = isUtf8(bytes) ? undefined : [...words.slice(0, -1).map(word => Buffer.from(word)), bytes]
  const command = throughTrampoline(words, rawWords, environment, NOTHING_TO_RESTORE)
  const isDirect = command[0] === words[0]
  const [first = '', ...args] = command
  try {
    const text = Buffer.from(job.input, 'latin1')
    const isInputWritten = writeInput(input.writeEnd, text)
    const child = spawn(isDirect && prefix.length === 0 ? path : first, args, {
      argv0: first,
      cwd: folder,
      env: asRecord(isDirect ? environment : environmentForShell(environment)),
      // setsid(2)
      detached: true,
      stdio: [stdin, output.writeEnd, output.writeEnd],
    })
    return { kind: 'started', child, readEnd: output.readEnd, isInputWritten }
  } catch (error) {
    // Bun throws what Node.js reports by an event.
    return { kind: 'not-started', ...spawnFailure(errorCode(error), shell) }
  } finally {
    closeSync(stdin)
    closeSync(output.writeEnd)
  }
}

const NOTHING_TO_RESTORE = {
  environment: undefined,
  softOpenFiles: undefined,
  ignoredSignals: [],
  blockedSignals: [],
  inheritedDescriptors: [],
  closedDescriptors: [],
  pipes: [],
  folder: undefined,
}

/** The descriptor of a FIFO was opened without waiting, and a job would inherit that. */
function blockingEnd(readEnd: number): number {
  const own = openSync(`/proc/self/fd/${readEnd}`, constants.O_RDONLY)
  closeSync(readEnd)
  return own
}

/** As much as a pipe holds at least (pipe(7)). */
const PIPE_BYTES = 65_536

/** Only cronie accepts a line whose input is larger than a pipe; a thread then writes it. */
function writeInput(writeEnd: number, text: Buffer): () => boolean {
  let isWritten = text.length <= PIPE_BYTES
  if (isWritten) {
    writeSync(writeEnd, text)
    closeSync(writeEnd)
  } else {
    const writeRest = (rest: Buffer) =>
      write(writeEnd, rest, (error, count) => {
        if (error === null && count < rest.length) return writeRest(rest.subarray(count))
        // With an error, nobody reads it.
        isWritten = true
        closeSync(writeEnd)
      })
    writeRest(text)
  }
  return () => isWritten
}

/** A value that is not valid UTF-8 is passed as bytes. */
function asVariables(variables: ReadonlyMap<string, string>): JobEnvironment {
  return [...variables].map(([name, value]) => {
    const rawName = Buffer.from(name, 'latin1')
    const raw = Buffer.from(value, 'latin1')
    const variable = { name: rawName.toString(), value: raw.toString() }
    if (!isUtf8(rawName)) return { ...variable, raw, rawName }
    return isUtf8(raw) ? variable : { ...variable, raw }
  })
}

export function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}
