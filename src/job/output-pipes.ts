/** Connects the job's stdout and stderr to pipes that the wrapper reads, or directly to the wrapper's descriptors. */

import { closeSync, fstatSync } from 'node:fs'
import type { LaunchNotes } from './launch-notes.ts'
import { type CreateWriter, type OutputRelay, startOutputRelay } from './output-relay.ts'
import { openPipes } from './pipe.ts'

export interface OutputPipes {
  /** The job's descriptors 1 and 2. */
  readonly targets: readonly [number, number]
  /** Closes the wrapper's copies of `targets`, and relays the job's output. Call it once the job has them. */
  readonly startRelays: () => readonly OutputRelay[]
  /** Why the output is not captured, in one line. */
  readonly problem?: string
}

const NOT_CAPTURED: OutputPipes = { targets: [1, 2], startRelays: () => [] }

/**
 * Pipes for those of stdout and stderr that are open; none without `onOutput`. If both lead to the same place, they
 * share one pipe, which preserves the order of the output.
 */
export function openOutputPipes(
  onOutput: ((chunk: Buffer, descriptor: 1 | 2) => void) | undefined,
  notes: Pick<LaunchNotes, 'closedDescriptors' | 'pipes'>,
  createWriter?: CreateWriter,
): OutputPipes {
  if (onOutput === undefined) return NOT_CAPTURED
  const open = ([1, 2] as const).filter(descriptor => !notes.closedDescriptors.includes(descriptor))
  const isShared = open.length === 2 && leadToSamePlace(1, 2)
  const captured = isShared ? open.slice(0, 1) : open
  const pipes = openPipes(captured.length, notes.pipes)
  if ('problem' in pipes) {
    return {
      ...NOT_CAPTURED,
      problem: `no pipe for the job's output, which is not reported: ${pipes.problem}`,
    }
  }
  const writeEndFor = (descriptor: 1 | 2): number =>
    pipes[captured.indexOf(descriptor)]?.writeEnd ?? descriptor
  const first = writeEndFor(1)
  return {
    targets: [first, isShared ? first : writeEndFor(2)],
    startRelays: () => {
      for (const { writeEnd } of pipes) closeSync(writeEnd)
      return captured.flatMap((descriptor, index) => {
        const pipe = pipes[index]
        return pipe ? [startOutputRelay(pipe.readEnd, descriptor, onOutput, createWriter)] : []
      })
    },
  }
}

function leadToSamePlace(one: number, other: number): boolean {
  const first = fstatSync(one)
  const second = fstatSync(other)
  return first.dev === second.dev && first.ino === second.ino
}
