/**
 * The system calls that the spool needs, as promises. Not node:fs/promises: each run writes to the spool, and loading that
 * module, which brings readline and web streams along, takes longer than the writing.
 *
 * A file system that does not answer keeps the thread that asks it. So that one of libuv's four threads is left for others, no
 * more than three calls are under way at a time; further ones wait for their turn.
 */

import {
  access as accessFs,
  chmod as chmodFs,
  close as closeFs,
  closeSync,
  constants,
  type Dir,
  type Dirent,
  fstatSync,
  fsync as fsyncFs,
  lstat as lstatFs,
  type MakeDirectoryOptions,
  mkdir as mkdirFs,
  type OpenDirOptions,
  opendir as opendirFs,
  open as openFs,
  openSync,
  readdir as readdirFs,
  readFileSync,
  read as readFs,
  readlink as readlinkFs,
  rename as renameFs,
  type Stats,
  stat as statFs,
  symlink as symlinkFs,
  unlink as unlinkFs,
  writeFile as writeFileFs,
} from 'node:fs'
import { promisify } from 'node:util'

const MOST_AT_ONCE = 3

let underWay = 0
let syncsUnderWay = 0
let isStopped = false
/** Did the file system not answer when it was last waited for? */
let isSilent = false
/** When a call last returned, or the first of those under way began. */
let answeredAt = process.hrtime()
/** How many calls have returned. */
let answers = 0
const queue: (() => void)[] = []

function inTurn<Given extends unknown[], Result>(
  call: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  const done = (): void => {
    underWay -= 1
    answers += 1
    isSilent = false
    answeredAt = process.hrtime()
    queue.shift()?.()
  }
  const begin = (given: Given): Promise<Result> => {
    if (isStopped) return NEVER
    if (underWay === 0) answeredAt = process.hrtime()
    underWay += 1
    const result = call(...given)
    result.then(done, done)
    return result
  }
  return (...given) =>
    underWay < MOST_AT_ONCE
      ? begin(given)
      : new Promise<void>(resolve => queue.push(resolve)).then(() => begin(given))
}

/** For how many milliseconds the file system has not answered a call that is under way: 0 if there is none. */
function silentMs(): number {
  const [seconds, nanoseconds] = process.hrtime(answeredAt)
  return underWay === 0 ? 0 : seconds * 1000 + nanoseconds / 1e6
}

/** A file system that has not answered for so many milliseconds is taken for one that hangs. */
const SILENT_MS = 300

/** The same while something is synced, which takes a slow or busy disk some time. */
const SILENT_SYNC_MS = 1000

const TICK_MS = 20

/** A busy machine runs a timer before it tells what has been answered by then: so many turns without an answer count. */
const SILENT_TICKS = 3

/**
 * What the promise gives; undefined if the file system does not answer, if that takes longer than `mostMs` milliseconds, or once
 * `isOver`. What merely takes its time, as with a hundred thousand files, is waited for.
 */
export async function whileAnswering<Result>(
  promise: Promise<Result>,
  mostMs: number,
  isOver: () => boolean = () => false,
): Promise<Result | undefined> {
  const start = process.hrtime()
  let before = answers
  /** Turns in a row without an answer, and all turns. */
  let silent = 0
  let turns = 0
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>(done => {
    const resolve = (): void => done(undefined)
    // It has not answered since it was last waited for in vain.
    if (isSilent) setTimeout(resolve, 0)
    timer = setInterval(() => {
      silent = answers === before ? silent + 1 : 0
      before = answers
      if (silent >= SILENT_TICKS && silentMs() > (syncsUnderWay > 0 ? SILENT_SYNC_MS : SILENT_MS)) {
        isSilent = true
        resolve()
      }
      const [seconds, nanoseconds] = process.hrtime(start)
      turns += 1
      if (turns < SILENT_TICKS) return
      if (seconds * 1000 + nanoseconds / 1e6 > mostMs || isOver()) resolve()
    }, TICK_MS)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearInterval(timer)
  }
}

/** A process that can become another program leaves a thread that hangs behind (src/job/end.ts). */
const CAN_LEAVE_THREADS = 'execve' in process

/**
 * How long the process waits in the end for what is under way, in milliseconds. One that cannot leave a thread behind has no
 * other way out than a signal, and so a wrong status: a disk that is merely slow gets more time.
 */
const STOP_MS = CAN_LEAVE_THREADS ? 100 : 5000

/**
 * From now on nothing more is asked of the file system, since the process leaves; resolves with whether what is under way has
 * ended. If not, a thread hangs in a call that may never return.
 */
export async function stopFiles(): Promise<boolean> {
  isStopped = true
  const end = process.hrtime.bigint() + BigInt(STOP_MS) * 1_000_000n
  while (underWay > 0 && process.hrtime.bigint() < end && !(CAN_LEAVE_THREADS && isSilent))
    await new Promise(resolve => setTimeout(resolve, 5))
  return underWay === 0
}

const NEVER = new Promise<never>(() => {})

export const access = inTurn<[string], void>(promisify(accessFs))
export const chmod = inTurn<[path: string, mode: number], void>(promisify(chmodFs))
export const close = inTurn<[number], void>(promisify(closeFs))
const sync = promisify(fsyncFs)
export const fsync = inTurn<[number], void>(file => {
  syncsUnderWay += 1
  return sync(file).finally(() => {
    syncsUnderWay -= 1
  })
})
export const lstat = inTurn<[string], Stats>(promisify(lstatFs))
export const mkdir = inTurn<[string, MakeDirectoryOptions], unknown>(promisify(mkdirFs))
export const open = inTurn<[path: string, flags: string | number, mode?: number], number>(promisify(openFs))
export const opendir = inTurn<[string, OpenDirOptions], Dir>(promisify(opendirFs))
export const readdir = inTurn<[string], string[]>(promisify(readdirFs))
export const readEntries = inTurn<[string, { withFileTypes: true }], Dirent[]>(promisify(readdirFs))
export const readDir = inTurn<[Dir], Dirent | null>(folder => folder.read())
export const closeDir = inTurn<[Dir], void>(folder => folder.close())
export const readlink = inTurn<[string], string>(promisify(readlinkFs))
export const symlink = inTurn<[target: string, path: string], void>(promisify(symlinkFs))
export const rename = inTurn<[from: string, to: string], void>(promisify(renameFs))
export const stat = inTurn<[string], Stats>(promisify(statFs))
export const unlink = inTurn<[string], void>(promisify(unlinkFs))
export const writeFile = inTurn<[number, string], void>(promisify(writeFileFs))

const read = inTurn<[file: number, into: Buffer, from: number], number>(
  (file, into, from) =>
    new Promise((resolve, reject) => {
      readFs(file, into, from, into.length - from, null, (error, count) =>
        error === null ? resolve(count) : reject(error),
      )
    }),
)

/** The code of the error where something that is no regular file stands in a file's place. */
export const NO_REGULAR_FILE = 'ENOTREG'

/** No file of the spool is as large as this, in bytes. */
export const MOST_BYTES = 4 * 1024 * 1024

/** Opening a FIFO or a device without this waits (open(2)). */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** The text of a regular file. @throws the system's error, or one with the code `ENOTREG` */
export async function readText(path: string): Promise<string> {
  const file = await open(path, READ_FLAGS)
  try {
    // What was opened this moment answers this as well.
    const found = fstatSync(file)
    if (!found.isFile() || found.size > MOST_BYTES) throw noRegularFile()
    const bytes = Buffer.allocUnsafe(found.size)
    let length = 0
    while (length < bytes.length) {
      const count = await read(file, bytes, length)
      if (count === 0) break
      length += count
    }
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

/** The same for a command that does nothing else meanwhile: ten times as fast. */
export function readTextSync(path: string): string {
  const file = openSync(path, READ_FLAGS)
  try {
    const found = fstatSync(file)
    if (!found.isFile() || found.size > MOST_BYTES) throw noRegularFile()
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

export function noRegularFile(): Error {
  return Object.assign(new Error('not a regular file'), { code: NO_REGULAR_FILE })
}
