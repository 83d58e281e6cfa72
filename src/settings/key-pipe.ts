/** A pipe in place of a key file, as a shell gives one: `--api-key-file <(pass show cronitor)`, `/dev/fd/3`, a FIFO. */

import { closeSync, constants, fstatSync, openSync, read, statSync } from 'node:fs'
import { MOST_KEY_BYTES } from './key-file.ts'
import type { FileText } from './regular-file.ts'
import type { Environment, SettingsFlags } from './sources.ts'
import { errorCode, errorWords } from './system-error.ts'
import { checkTrusted } from './trusted-path.ts'

/** An open descriptor by its name. Who started this program chose what it is. */
const DESCRIPTOR = /^\/(?:dev\/fd|proc\/(?:self|thread-self|\d+)\/fd)\/(\d+)$|^\/dev\/(stdin)$/

/** How often it is looked whether something has come, in milliseconds. */
const LOOK_MS = 20

/** What is named in place of a key file and cannot be read at once: open descriptors and FIFOs. */
export function keyPipes(flags: SettingsFlags, env: Environment): readonly string[] {
  return [flags.apiKeyFile, env.CRONITOR_API_KEY_FILE?.trim()].filter(
    (path): path is string => path !== undefined && path !== '' && (DESCRIPTOR.test(path) || isFifo(path)),
  )
}

/**
 * Reads until there is a whole line, the writer has closed, or the signal aborts. The event loop goes on meanwhile, and with it
 * the job's output and signals. Never rejects.
 */
export async function readKeyPipe(
  path: string,
  options: {
    readonly euid: number
    readonly over: AbortSignal
    /** Is standard input somebody else's, as exec's is the job's? */
    readonly isStdinTaken: boolean
  },
): Promise<FileText> {
  const [, number, stdin] = DESCRIPTOR.exec(path) ?? []
  const descriptor = stdin === undefined ? number : '0'
  if (descriptor !== undefined && Number(descriptor) === 0 && options.isStdinTaken)
    return refused("is the job's standard input; use another descriptor")
  if (descriptor === undefined) {
    const trust = checkTrusted(path, { euid: options.euid })
    if (!trust.ok) return refused(`is not used: ${trust.problem}`)
  }
  let file: number | undefined
  try {
    // Opened anew, so that O_NONBLOCK is not set for others who have the same pipe.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stat = fstatSync(file)
    if (stat.isFile()) {
      if (stat.uid !== options.euid && stat.uid !== 0) return refused(`belongs to another user (${stat.uid})`)
      if ((stat.mode & constants.S_IWOTH) !== 0) return refused('is writable by everyone')
    } else if (!stat.isFIFO()) return refused('is neither a file nor a pipe')
    return await readLine(file, descriptor === undefined, options.over)
  } catch (error) {
    // `sudo` closes what it does not know.
    if (descriptor !== undefined && errorCode(error) === 'ENOENT')
      return refused('is not open in this process')
    return refused(errorWords(error))
  } finally {
    if (file !== undefined) closeSync(file)
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

function refused(problem: string): FileText {
  return { ok: false, why: 'unusable', problem }
}
