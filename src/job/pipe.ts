/** Pipes that carry the job's output. Real ones: on the socket pairs of Node.js, `echo x > /dev/stderr` fails. */

import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'

export interface Pipe {
  readonly readEnd: number
  readonly writeEnd: number
}

/** `count` pipes, or a problem in one line. Those that the launcher opened come first; they cost nothing more. */
export function openPipes(
  count: number,
  fromLauncher: readonly number[],
): readonly Pipe[] | { problem: string } {
  const pipes = fromLauncher.map(bothEnds).filter(pipe => pipe !== undefined)
  for (const { readEnd, writeEnd } of pipes.slice(count)) {
    closeSync(readEnd)
    closeSync(writeEnd)
  }
  if (pipes.length >= count) return pipes.slice(0, count)
  const made = makeFifos(count - pipes.length)
  return 'problem' in made ? made : [...pipes, ...made]
}

/**
 * Linux alone: opening /proc/self/fd/N of a pipe gives a description of its own, for the other end as well (pipe(7),
 * proc_pid_fd(5)). The launcher's pipe has the number of this process in it. A shell may have used a file, or may have
 * kept the pipe from this process, and then the number is closed or Node.js's own.
 */
function bothEnds(noted: number): Pipe | undefined {
  try {
    if (!fstatSync(noted).isFIFO()) return undefined
    const path = `/proc/self/fd/${noted}`
    // Without waiting, for in a pipe of another's there may be nothing to read.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (readMark(readEnd) === `${process.pid}\n`) {
        const writeEnd = openSync(path, constants.O_WRONLY)
        closeSync(noted)
        return { readEnd, writeEnd }
      }
    } catch {
      // Empty, and so not the launcher's.
    }
    closeSync(readEnd)
  } catch {
    // It is not there.
  }
  return undefined
}

const mark = Buffer.alloc(16)

function readMark(readEnd: number): string {
  return mark.toString('latin1', 0, readSync(readEnd, mark))
}

/** FIFOs in a private folder, unlinked as soon as they are open. */
function makeFifos(count: number): readonly Pipe[] | { problem: string } {
  let problem = ''
  for (const parent of new Set([tmpdir(), '/dev/shm', '/var/tmp'])) {
    let folder: string | undefined
    try {
      folder = mkdtempSync(`${parent}/cronitor-`)
      const paths = Array.from({ length: count }, (_, index) => `${folder}/${index}`)
      // The folder is 0700. `-m` would need /proc: glibc sets a file's mode by way of it if it must not follow a link.
      const { error, status } = spawnSync('mkfifo', paths, { stdio: 'ignore' })
      if (error !== undefined) throw error
      if (status !== 0) throw new Error(`mkfifo ended with status ${status}`)
      return paths.map(openFifo)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  }
  return { problem }
}

/** The read end first and without waiting: opening the one end of a FIFO waits for the other (fifo(7)). */
function openFifo(path: string): Pipe {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writeEnd = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  return { readEnd, writeEnd }
}
