/** Pipes that carry the job's output. Real ones: on the socket pairs of Node.js, `echo x > /dev/stderr` fails. */

import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs'
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
  const pipes = fromLauncher.map(otherEnd).filter(pipe => pipe !== undefined)
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
 * proc_pid_fd(5)). A shell that keeps its here-documents in files gave no pipe.
 */
function otherEnd(readEnd: number): Pipe | undefined {
  try {
    if (!fstatSync(readEnd).isFIFO()) {
      closeSync(readEnd)
      return undefined
    }
    return { readEnd, writeEnd: openSync(`/proc/self/fd/${readEnd}`, constants.O_WRONLY) }
  } catch {
    return undefined
  }
}

/** FIFOs in a private folder, unlinked as soon as they are open. */
function makeFifos(count: number): readonly Pipe[] | { problem: string } {
  let problem = ''
  for (const parent of new Set([tmpdir(), '/dev/shm', '/var/tmp'])) {
    let folder: string | undefined
    try {
      folder = mkdtempSync(`${parent}/cronitor-`)
      const paths = Array.from({ length: count }, (_, index) => `${folder}/${index}`)
      const { error, status } = spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' })
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
