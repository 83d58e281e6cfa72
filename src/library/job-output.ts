/** Where a job's output goes: `stdout` and `stderr` of the options. */

import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { createTail } from '../system/tail.ts'
import { withTimeLimit } from '../system/time-limit.ts'
import type { RunOptions } from './options.ts'
import type { CollectedOutput } from './results.ts'

type Target = NonNullable<RunOptions['stdout']>

/** For `collectBytes`. */
const DEFAULT_COLLECT_BYTES = 1024 * 1024

/** If no output has come for so long after the end of the run, in milliseconds, a process in the background holds the pipe. */
const QUIET_MS = 300

export interface JobOutput {
  /** Undefined if it was not collected. Call it after the end of the run. */
  finish(): Promise<CollectedOutput | undefined>
}

/** For `child_process.spawn`. */
export function outputStdio(target: Target = 'inherit'): 'inherit' | 'ignore' | 'pipe' {
  return target === 'inherit' || target === 'ignore' ? target : 'pipe'
}

/** @param from null if there is no pipe */
export function readOutput(
  from: Readable | null,
  target: Target = 'inherit',
  collectBytes = DEFAULT_COLLECT_BYTES,
): JobOutput {
  if (from === null || target === 'inherit' || target === 'ignore') return { finish: async () => undefined }
  const rest = restOf(from)
  if (target === 'collect') {
    const tail = createTail(collectBytes)
    from.on('data', (chunk: Buffer) => tail.append(chunk))
    return {
      async finish() {
        await rest.read(() => false)
        const bytes = Buffer.from(tail.bytes())
        return { text: bytes.toString('utf8'), bytes, totalBytes: tail.total() }
      },
    }
  }
  pipeTo(from, target)
  return {
    async finish() {
      // A slow reader is waited for, as the job itself would.
      await rest.read(() => target.writableNeedDrain)
      return undefined
    },
  }
}

/**
 * Reads to the end of the pipe, but does not wait for a process in the background that holds it. Its output goes on, as that of
 * a job of the command does, without keeping this process running.
 */
function restOf(from: Readable): { readonly read: (isStalled: () => boolean) => Promise<void> } {
  let isClosed = false
  let chunks = 0
  const closed = new Promise<void>(resolve => {
    from.once('close', resolve)
    from.once('error', () => resolve())
  }).then(() => {
    isClosed = true
  })
  from.on('data', () => {
    chunks += 1
  })
  return {
    async read(isStalled) {
      for (let before = -1; !isClosed && (chunks !== before || isStalled()); ) {
        before = chunks
        await withTimeLimit(closed, QUIET_MS)
      }
      if (!isClosed && from instanceof Socket) from.unref()
    },
  }
}

/** If the stream breaks, the job sees it: its next write fails, as with a pipe to a reader that has gone. */
function pipeTo(from: Readable, target: Writable): void {
  from.pipe(target, { end: false })
  const stop = (): void => void from.destroy()
  target.once('error', stop).once('close', stop)
  from.once('close', () => target.off('error', stop).off('close', stop))
}
