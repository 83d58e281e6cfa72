/** Reads an API key from a pipe: `--api-key-file <(pass show cronitor)`, `/dev/fd/3` or a FIFO. */

import { closeSync, constants, fstatSync, openSync, read, readdirSync, readFileSync, statSync } from 'node:fs'
import { describeReadError, errorCode } from '../system/errors.ts'
import type { FileText } from '../system/regular-file.ts'
import { checkTrusted } from '../system/trusted-path.ts'
import { MAX_KEY_FILE_BYTES, withRemedy } from './key-file.ts'
import type { Environment, SettingsFlags } from './sources.ts'

/** A path of an open descriptor. Its permissions are not checked: whoever started this program chose it. */
const DESCRIPTOR = /^\/(?:dev\/fd|proc\/(?:self|thread-self|\d+)\/fd)\/(\d+)$|^\/dev\/stdin$/

/** The interval for polling a pipe, in milliseconds. */
const POLL_MS = 20

const NOT_OPEN = 'is not open in this process'

/** An open file, or why it cannot be used. */
type OpenedPipe = { readonly ok: true; readonly file: number } | Extract<FileText, { readonly ok: false }>

export type KeyPipes = ReadonlyMap<string, OpenedPipe>

/**
 * Opens the key files that are descriptors. The wrapper does this before it starts the job, which then owns the inherited
 * descriptors.
 *
 * @param isStdinTaken true if standard input belongs to a job and must not be read
 */
export function openKeyPipes(flags: SettingsFlags, env: Environment, isStdinTaken = false): KeyPipes {
  const pipes = new Map<string, OpenedPipe>()
  for (const path of keyFiles(flags, env)) {
    const [, number = '0'] = DESCRIPTOR.exec(path) ?? []
    if (!DESCRIPTOR.test(path)) continue
    if (Number(number) === 0 && isStdinTaken)
      pipes.set(path, refused("is the job's standard input; use another descriptor"))
    // The descriptor may be missing because sudo(8) closes those above 2.
    else pipes.set(path, isNodePipe(path, number) ? refused(NOT_OPEN) : openPipe(path, NOT_OPEN))
  }
  return pipes
}

/** Reads the opened descriptors and the key files that are FIFOs. Never rejects. */
export async function readKeyPipes(
  opened: KeyPipes,
  {
    flags,
    env,
    euid,
    deadline,
  }: {
    readonly flags: SettingsFlags
    readonly env: Environment
    readonly euid: number
    /** Returns the deadline for reading; only called if there is a pipe. */
    readonly deadline: (paths: readonly string[]) => AbortSignal
  },
): Promise<ReadonlyMap<string, FileText>> {
  const paths = keyFiles(flags, env).filter(path => opened.has(path) || isFifo(path))
  if (paths.length === 0) return new Map()
  const signal = deadline(paths)
  const texts = paths.map(async path => {
    const pipe = opened.get(path)
    return [path, await readPipe(pipe ?? openFifo(path, euid), euid, pipe === undefined, signal)] as const
  })
  return new Map(await Promise.all(texts))
}

function keyFiles(flags: SettingsFlags, env: Environment): readonly string[] {
  const named = [flags.apiKeyFile, env.CRONITOR_API_KEY_FILE?.trim()]
  return [...new Set(named)].filter((path): path is string => path !== undefined && path !== '')
}

function openFifo(path: string, euid: number): OpenedPipe {
  const trust = checkTrusted(path, { euid })
  return trust.ok ? openPipe(path) : refused(`is not used: ${withRemedy(trust.problem)}`)
}

/**
 * True if the descriptor is a pipe that Node.js created for itself, which must not be read. This process then has both ends of
 * it. Only detected on Linux.
 */
function isNodePipe(path: string, number: string): boolean {
  const [, , owner] = path.split('/')
  if (path.startsWith('/proc/') && /^\d+$/.test(owner ?? '') && owner !== String(process.pid)) return false
  try {
    const { ino } = fstatSync(Number(number))
    return readdirSync('/proc/self/fdinfo').some(name => {
      try {
        const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1] ?? '0'
        const isWritten = (Number.parseInt(flags, 8) & 3) !== constants.O_RDONLY
        return isWritten && fstatSync(Number(name)).ino === ino && fstatSync(Number(name)).isFIFO()
      } catch {
        // readdir's own descriptor, which is closed by now.
        return false
      }
    })
  } catch {
    return false
  }
}

/** Opens a new file description, so that O_NONBLOCK does not affect other processes with the same pipe. */
function openPipe(path: string, missing?: string): OpenedPipe {
  try {
    const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants
    return { ok: true, file: openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) }
  } catch (error) {
    // A socket, or a descriptor without a file.
    if (errorCode(error) === 'ENXIO') return refused('is neither a file nor a pipe')
    return refused(errorCode(error) === 'ENOENT' && missing ? missing : describeReadError(error))
  }
}

/**
 * Reads until there is a whole line, the writer closes the pipe, or the signal aborts. The event loop keeps running, because it
 * also relays the job's output and signals.
 */
async function readPipe(
  pipe: OpenedPipe,
  euid: number,
  isFifo: boolean,
  deadline: AbortSignal,
): Promise<FileText> {
  if (!pipe.ok) return pipe
  try {
    const stat = fstatSync(pipe.file)
    if (stat.isFile()) {
      if (stat.uid !== euid && stat.uid !== 0) return refused(`belongs to another user (${stat.uid})`)
      if ((stat.mode & constants.S_IWOTH) !== 0) return refused('is writable by everyone')
    } else if (!stat.isFIFO()) return refused('is neither a file nor a pipe')
    return await readLine(pipe.file, isFifo, deadline)
  } catch (error) {
    return refused(describeReadError(error))
  } finally {
    closeSync(pipe.file)
  }
}

/** Reading a FIFO that has no writer yet returns 0 bytes, which is not its end. */
async function readLine(file: number, isFifo: boolean, deadline: AbortSignal): Promise<FileText> {
  const bytes = Buffer.allocUnsafe(MAX_KEY_FILE_BYTES)
  let length = 0
  while (!deadline.aborted) {
    const count = await readSome(file, bytes, length)
    const isEnd = count === 0 && !(isFifo && length === 0)
    length += count ?? 0
    const text = bytes.toString('utf8', 0, length)
    if (isEnd || /\S.*[\r\n]/.test(text)) return { ok: true, text: text.trimStart() }
    if (length === bytes.length) return refused(`has no line end in ${MAX_KEY_FILE_BYTES} bytes`)
    if (!count) await pause(deadline)
  }
  return refused(length === 0 ? 'gave no key in time' : 'gave no whole line in time')
}

/** The number of bytes read; undefined if there is nothing to read yet. */
function readSome(file: number, bytes: Buffer, at: number): Promise<number | undefined> {
  return new Promise((resolve, reject) =>
    read(file, bytes, at, bytes.length - at, null, (error, count) => {
      if (error === null) resolve(count)
      else if (error.code === 'EAGAIN') resolve(undefined)
      else reject(error)
    }),
  )
}

function pause(deadline: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      deadline.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, POLL_MS)
    deadline.addEventListener('abort', done)
  })
}

function isFifo(path: string): boolean {
  try {
    return statSync(path).isFIFO()
  } catch {
    return false
  }
}

function refused(problem: string): Extract<FileText, { readonly ok: false }> {
  return { ok: false, why: 'unusable', problem }
}
