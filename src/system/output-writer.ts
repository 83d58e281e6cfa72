/**
 * Writes a stream of the job to the wrapper's descriptor. Other processes share the descriptor, so its flags are not
 * changed. A reader that stalls delays this stream only.
 */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  write as writeInPool,
  writeSync,
} from 'node:fs'
import { startCat, startPrinter } from './cat-process.ts'
import { errorCode } from './errors.ts'
import type { PipeWriter } from './pipe-ends.ts'
import { writePipe } from './pipe-writer.ts'

export interface OutputWriter {
  /**
   * Writes as much as possible at once. False: the rest is written later, then `onReady` is called. Until then, `chunk`
   * must not change and nothing more may be written.
   */
  write(chunk: Buffer): boolean
  /** The error code if writing has failed for good (EPIPE, ENOSPC, EIO …); later bytes are dropped. */
  readonly failed: () => string | undefined
  /** Resolves once this process has no unwritten bytes. Call it once, and write nothing after it. */
  close(): Promise<void>
  /** True if everything that is written is dropped. */
  readonly isDiscarding?: () => boolean
}

export interface WriterEvents {
  onReady(): void
  onFailure(code: string): void
}

/**
 * - `at-once`: files, and devices such as /dev/null. They do not stall.
 * - `own-pipe`, `own-terminal`: through a new open file description, so that O_NONBLOCK affects no other process.
 * - `by-cat`: sockets, and what cannot be opened anew, if writes block. A separate process then blocks. A thread of
 *   libuv's pool could too, but Node.js would wait for it at exit.
 * - `in-pool`: the same if writes do not block, because another process has made the description non-blocking.
 */
type Way = 'at-once' | 'own-pipe' | 'own-terminal' | 'by-cat' | 'in-pool'

/** `descriptor` is 1 or 2, and stays open. */
export function createOutputWriter(descriptor: number, events: WriterEvents): OutputWriter {
  let failure: string | undefined
  let own: number | undefined
  let pipe: PipeWriter | undefined
  let way = wayTo(descriptor)
  if (way === 'own-pipe' || way === 'own-terminal') {
    own = openWithoutWaiting(descriptor)
    if (own === undefined) way = wayWithoutOwn(descriptor)
  }
  let cat: ChildProcess | undefined

  function fail(error: { readonly code?: string | undefined }): false {
    failure ??= error.code ?? 'EIO'
    pipe?.destroy()
    queueMicrotask(() => events.onFailure(failure ?? 'EIO'))
    return false
  }

  function writeAtOnce(target: number, chunk: Buffer): boolean {
    let rest = chunk
    while (rest.length > 0) {
      try {
        const written = writeSync(target, rest)
        if (written === rest.length) return true
        rest = rest.subarray(written)
      } catch (error) {
        const code = errorCode(error)
        if (code === 'EINTR') continue
        if (code !== 'EAGAIN') return fail({ code })
        if (way === 'own-pipe') waitForRoom(target, rest)
        else if (way === 'own-terminal') setTimeout(goOn, TERMINAL_PAUSE_MS, target, rest)
        else writeLater(rest)
        return false
      }
    }
    return true
  }

  /** Retries on a terminal that was stopped (Ctrl-S): nothing tells when a terminal is writable again. */
  function goOn(target: number, rest: Buffer): void {
    if (failure === undefined && writeAtOnce(target, rest)) events.onReady()
  }

  /** Writes at most PIPE_BUF bytes in the background, so that it is always known what has been written. */
  function waitForRoom(target: number, rest: Buffer): void {
    pipe ??= writePipe(target)
    const piece = rest.subarray(0, PIPE_BUF)
    pipe.write(piece).then(
      () => goOn(target, rest.subarray(piece.length)),
      error => fail({ code: errorCode(error) }),
    )
  }

  function writeByCat(chunk: Buffer): void {
    if (cat === undefined) {
      cat = startCat(descriptor)
      cat.once(
        'exit',
        (status, signal) => status === 0 || fail({ code: signal === 'SIGPIPE' ? 'EPIPE' : 'EIO' }),
      )
      cat.stdin?.on('error', fail)
    }
    if (cat.pid === undefined) writeLater(chunk)
    // Bun may call back before `write` returns.
    else cat.stdin?.write(chunk, error => error || queueMicrotask(events.onReady))
  }

  function writeLater(rest: Buffer): void {
    writeInPool(descriptor, rest, 0, rest.length, null, (error, written) => {
      if (error?.code === 'EINTR') return writeLater(rest)
      // Another process has made the shared description non-blocking, and nothing says when there is room again.
      if (error?.code === 'EAGAIN') return void setTimeout(writeLater, 5, rest)
      if (error) return void fail(error)
      if (written < rest.length) return writeLater(rest.subarray(written))
      events.onReady()
    })
  }

  return {
    write(chunk) {
      if (failure !== undefined) return false
      if (way === 'by-cat') writeByCat(chunk)
      else if (way === 'in-pool') writeLater(chunk)
      else return writeAtOnce(own ?? descriptor, chunk)
      return false
    },
    failed: () => failure,
    close() {
      if (pipe === undefined && own !== undefined) closeSync(own)
      pipe?.destroy()
      return cat === undefined ? Promise.resolve() : endOf(cat)
    },
  }
}

/** Resolves once it has written everything. */
function endOf(cat: ChildProcess): Promise<void> {
  if (cat.pid === undefined || cat.exitCode !== null || cat.signalCode !== null) return Promise.resolve()
  const ended = once(cat, 'exit').then(() => {})
  cat.ref()
  cat.stdin?.end()
  return ended
}

const TERMINAL_PAUSE_MS = 50

/** 4096 on Linux, 512 on macOS (limits.h); the least that POSIX allows is 512. */
const PIPE_BUF = 512

function wayTo(descriptor: number): Way {
  try {
    const stats = fstatSync(descriptor)
    if (stats.isFIFO()) return 'own-pipe'
    if (stats.isCharacterDevice()) return isTerminal(descriptor, stats.rdev) ? 'own-terminal' : 'at-once'
    return stats.isFile() ? 'at-once' : wayWithoutOwn(descriptor)
  } catch {
    return 'in-pool'
  }
}

/** Does not load node:tty and node:net for /dev/null: that takes the executable 2 ms. */
function isTerminal(descriptor: number, device: number): boolean {
  if (statSync('/dev/null', { throwIfNoEntry: false })?.rdev === device) return false
  return process.getBuiltinModule('node:tty').isatty(descriptor)
}

/** On Linux, fdinfo says whether writes block (flags in octal, proc_pid_fdinfo(5)). */
function wayWithoutOwn(descriptor: number): Way {
  try {
    const [, flags = ''] =
      /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? []
    return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0 ? 'by-cat' : 'in-pool'
  } catch {
    return 'in-pool'
  }
}

/** Linux only: opening /proc/self/fd/N of a pipe or a terminal creates a new file description (proc_pid_fd(5)). */
function openWithoutWaiting(descriptor: number): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    return undefined
  }
}

/** Writes a message of this program without waiting; for a socket, a separate process waits. Never throws. */
export function writeMessage(descriptor: number, text: string): void {
  let own: number | undefined
  try {
    const way = wayTo(descriptor)
    if (way === 'own-pipe' || way === 'own-terminal') own = openWithoutWaiting(descriptor)
    const isWaitedFor = own === undefined && way !== 'at-once' && handToPrinter(descriptor, text)
    if (!isWaitedFor) writeSync(own ?? descriptor, text)
  } catch {
    // Nobody reads the descriptor, so nobody can be told.
  } finally {
    if (own !== undefined) closeSync(own)
  }
}

/** False if no process can be started. */
function handToPrinter(descriptor: number, text: string): boolean {
  try {
    return startPrinter(descriptor, text).pid !== undefined
  } catch {
    return false
  }
}
