/** Pipes for the job's output. They are not the socket pairs of Node.js, with which `echo x > /dev/stderr` fails. */

import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'

export interface Pipe {
  readonly readEnd: number
  readonly writeEnd: number
}

/**
 * `count` pipes, or one line on why there are none. The launcher's pipes are used first, because they already exist.
 */
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
 * Linux only. Opening /proc/self/fd/N of a pipe creates a new file description, for either end (pipe(7),
 * proc_pid_fd(5)). The launcher has written this process's number into its pipe. Without that mark, `noted` is
 * something else: a shell may have used a file instead, or may not have passed the pipe on, so that Node.js has reused
 * the number.
 */
function bothEnds(noted: number): Pipe | undefined {
  try {
    if (!fstatSync(noted).isFIFO()) return undefined
    const path = `/proc/self/fd/${noted}`
    // Does not wait: a pipe that is not the launcher's may be empty.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (readMark(readEnd) === `${process.pid}\n`) {
        const writeEnd = openSync(path, constants.O_WRONLY)
        closeSync(noted)
        return { readEnd, writeEnd }
      }
    } catch {
      // The pipe is empty, so it is not the launcher's.
    }
    closeSync(readEnd)
  } catch {
    // The descriptor is closed.
  }
  return undefined
}

const mark = Buffer.alloc(16)

function readMark(readEnd: number): string {
  return mark.toString('latin1', 0, readSync(readEnd, mark))
}

/** FIFOs in a private folder. They are unlinked once they are open. */
function makeFifos(count: number): readonly Pipe[] | { problem: string } {
  let problem = ''
  for (const parent of new Set([tmpdir(), '/dev/shm', '/var/tmp'])) {
    let folder: string | undefined
    try {
      folder = mkdtempSync(`${parent}/cronitor-`)
      const paths = Array.from({ length: count }, (_, index) => `${folder}/${index}`)
      // The folder's mode of 0700 protects them. mkfifo's `-m` would need /proc: glibc uses it to set a mode without
      // following links.
      const { error, status } = spawnSync('mkfifo', paths, { stdio: 'ignore' })
      if (error !== undefined) throw error
      if (status !== 0) throw new Error(`mkfifo ended with status ${status}`)
      return paths.map(openFifo)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    } finally {
      if (folder !== undefined) removeFolder(folder)
    }
  }
  return { problem }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // No more files can be opened.
  }
}

/** Opens the read end first, without waiting: opening an end of a FIFO waits for the other end (fifo(7)). */
function openFifo(path: string): Pipe {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writeEnd = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  return { readEnd, writeEnd }
}
