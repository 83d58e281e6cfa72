/** A pipe in place of a key file, as a shell gives one: `--api-key-file <(pass show cronitor)`, `/dev/fd/3`, a FIFO. */

import { closeSync, constants, fstatSync, openSync, read, readdirSync, readFileSync, statSync } from 'node:fs'
import { describeReadError, errorCode } from '../system/errors.ts'
import type { FileText } from '../system/regular-file.ts'
import { checkTrusted } from '../system/trusted-path.ts'
import { MOST_KEY_BYTES, withRemedy } from './key-file.ts'
import type { Environment, SettingsFlags } from './sources.ts'

/** An open descriptor by its name. Who started this program chose what it is. */
const DESCRIPTOR = /^\/(?:dev\/fd|proc\/(?:self|thread-self|\d+)\/fd)\/(\d+)$|^\/dev\/stdin$/

/** How often it is looked whether something has come, in milliseconds. */
const LOOK_MS = 20

const NOT_OPEN = 'is not open in this process'

/** A descriptor of ours, or why there is none. */
type Opened = { readonly ok: true; readonly file: number } | Extract<FileText, { readonly ok: false }>

export type KeyPipes = ReadonlyMap<string, Opened>

/**
 * Opens the descriptors that are named in place of a key file. Without one, nothing is done. The wrapper does this before it
 * starts the job, to which inherited descriptors belong from then on.
 *
 * @param isStdinTaken is standard input somebody else's, as exec's is the job's?
 */
export function openKeyPipes(flags: SettingsFlags, env: Environment, isStdinTaken = false): KeyPipes {
  const pipes = new Map<string, Opened>()
  for (const path of keyFiles(flags, env)) {
    const [, number = '0'] = DESCRIPTOR.exec(path) ?? []
    if (!DESCRIPTOR.test(path)) continue
    if (Number(number) === 0 && isStdinTaken)
      pipes.set(path, refused("is the job's standard input; use another descriptor"))
    // `sudo` closes what it does not know.
    else pipes.set(path, isOwnPipe(path, number) ? refused(NOT_OPEN) : openPipe(path, NOT_OPEN))
  }
  return pipes
}

/** Reads what is named in place of a key file and cannot be read at once: what was opened, and FIFOs. Never rejects. */
export async function readKeyPipes(
  opened: KeyPipes,
  {
    flags,
    env,
    euid,
    over,
  }: {
    readonly flags: SettingsFlags
    readonly env: Environment
    readonly euid: number
    readonly over: (paths: readonly string[]) => AbortSignal
  },
): Promise<ReadonlyMap<string, FileText>> {
  const paths = keyFiles(flags, env).filter(path => opened.has(path) || isFifo(path))
  if (paths.length === 0) return new Map()
  const signal = over(paths)
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

function openFifo(path: string, euid: number): Opened {
  const trust = checkTrusted(path, { euid })
  return trust.ok ? openPipe(path) : refused(`is not used: ${withRemedy(trust.problem)}`)
}

/**
 * Is the number one of a pipe that Node.js made for itself? It has both ends then. To read from it would take away what Node.js
 * wants to read. Linux alone; elsewhere it is not found out.
 */
function isOwnPipe(path: string, number: string): boolean {
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
        // The one that the folder was read by.
        return false
      }
    })
  } catch {
    return false
  }
}

/** Opened anew, so that O_NONBLOCK is not set for others who have the same pipe. */
function openPipe(path: string, missing?: string): Opened {
  try {
    const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants
    return { ok: true, file: openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) }
  } catch (error) {
    // Of a socket or a descriptor without a file.
    if (errorCode(error) === 'ENXIO') return refused('is neither a file nor a pipe')
    return refused(errorCode(error) === 'ENOENT' && missing ? missing : describeReadError(error))
  }
}

/**
 * Reads until there is a whole line, the writer has closed, or the signal aborts. The event loop goes on meanwhile, and with it
 * the job's output and signals.
 */
async function readPipe(pipe: Opened, euid: number, isFifo: boolean, over: AbortSignal): Promise<FileText> {
  if (!pipe.ok) return pipe
  try {
    const stat = fstatSync(pipe.file)
    if (stat.isFile()) {
      if (stat.uid !== euid && stat.uid !== 0) return refused(`belongs to another user (${stat.uid})`)
      if ((stat.mode & constants.S_IWOTH) !== 0) return refused('is writable by everyone')
    } else if (!stat.isFIFO()) return refused('is neither a file nor a pipe')
    return await readLine(pipe.file, isFifo, over)
  } catch (error) {
    return refused(describeReadError(error))
  } finally {
    closeSync(pipe.file)
  }
}

/** `isFifo`: without a writer there is nothing to read yet, and no end either. */
async function readLine(file: number, isFifo: boolean, over: AbortSignal): Promise<FileText> {
  const bytes = Buffer.allocUnsafe(MOST_KEY_BYTES)
  let length = 0
  while (!over.aborted) {
    const count = await readSome(file, bytes, length)
    const isOver = count === 0 && !(isFifo && length === 0)
    length += count ?? 0
    const text = bytes.toString('utf8', 0, length)
    if (isOver || /\S.*[\r\n]/.test(text)) return { ok: true, text: text.trimStart() }
    if (length === bytes.length) return refused(`has no line end in ${MOST_KEY_BYTES} bytes`)
    if (!count) await pause(over)
  }
  return refused(length === 0 ? 'gave no key in time' : 'gave no whole line in time')
}

/** How many bytes; undefined if nothing has come yet. */
function readSome(file: number, bytes: Buffer, at: number): Promise<number | undefined> {
  return new Promise((resolve, reject) =>
    read(file, bytes, at, bytes.length - at, null, (error, count) => {
      if (error === null) resolve(count)
      else if (error.code === 'EAGAIN') resolve(undefined)
      else reject(error)
    }),
  )
}

function pause(over: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      over.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, LOOK_MS)
    over.addEventListener('abort', done)
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
