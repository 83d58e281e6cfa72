/** Holds back what a job prints until it is known whether it must be shown. */

import { describeSystemError } from '../system/describe-system-error.ts'
import { errorMessage } from '../system/error-message.ts'
import { errorCode } from '../system/errors.ts'
import type { OutputWriter, WriterEvents } from '../system/output-writer.ts'
import type { CreateWriter } from './output-relay.ts'
import type { OutputStore } from './output-store.ts'

export interface HeldOutput {
  /** The same as `createOutputWriter`. */
  readonly createWriter: CreateWriter
  /** Writes what is held, each part to its descriptor, in the order in which it was read; later output goes straight through. */
  show(): void
  /** Drops what is held, and later output. */
  discard(): void
}

type State = 'holding' | 'showing' | 'shown' | 'discarding'

interface Stream {
  /** Opened once something is shown. */
  writer?: OutputWriter
  readonly events: WriterEvents
  /** A chunk that came while what is held is written. */
  waiting?: Buffer | undefined
  /** Called once the writer can take more, or has failed. */
  settle: () => void
}

/**
 * @param createWriter opens the writer for one of the wrapper's descriptors
 * @param onProblem called at most once: the store cannot take more, so that everything is shown from now on, or what it has
 *   cannot be read
 */
export function holdOutput(
  store: OutputStore,
  createWriter: CreateWriter,
  onProblem: (problem: string) => void,
): HeldOutput {
  let state: State = 'holding'
  const streams = new Map<1 | 2, Stream>()
  let showing: Promise<void> = Promise.resolve()

  function open(descriptor: 1 | 2, stream: Stream): OutputWriter {
    stream.writer ??= createWriter(descriptor, {
      onReady: () => (state === 'shown' ? stream.events.onReady() : stream.settle()),
      onFailure(code) {
        stream.settle()
        stream.events.onFailure(code)
      },
    })
    return stream.writer
  }

  /** Resolves once `chunk` is written, or cannot be. */
  async function put(descriptor: 1 | 2, chunk: Buffer): Promise<void> {
    const stream = streams.get(descriptor)
    if (stream === undefined) return
    const writer = open(descriptor, stream)
    if (writer.failed() !== undefined) return
    const isReady = new Promise<void>(resolve => (stream.settle = resolve))
    if (!writer.write(chunk)) await isReady
  }

  async function showAll(): Promise<void> {
    try {
      for await (const { descriptor, bytes } of store.parts()) await put(descriptor, bytes)
    } catch (error) {
      onProblem(`a part of the output is lost: ${why(error)}`)
    }
    store.clear()
    const waiting = () => [...streams].filter(([, stream]) => stream.waiting !== undefined)
    for (let next = waiting(); next.length > 0; next = waiting()) {
      for (const [descriptor, stream] of next) {
        await put(descriptor, stream.waiting ?? Buffer.alloc(0))
        stream.waiting = undefined
        // The relay reads on, and may have the next chunk at once.
        stream.events.onReady()
      }
    }
    state = 'shown'
  }

  function show(): void {
    if (state !== 'holding') return
    state = 'showing'
    showing = showAll()
  }

  function hold(descriptor: 1 | 2, stream: Stream, chunk: Buffer): boolean {
    const storing = store.append(descriptor, chunk)
    if (storing === undefined) return true
    storing.then(
      () => stream.events.onReady(),
      error => {
        if (state === 'discarding') return stream.events.onReady()
        if (state === 'holding') onProblem(`the output cannot be held back, so it is shown: ${why(error)}`)
        stream.waiting = chunk
        show()
      },
    )
    return false
  }

  return {
    createWriter(descriptor, events) {
      const stream: Stream = { events, settle: () => {} }
      streams.set(descriptor, stream)
      return {
        write(chunk) {
          if (state === 'discarding') return true
          if (state === 'holding') return hold(descriptor, stream, chunk)
          if (state === 'shown') return open(descriptor, stream).write(chunk)
          stream.waiting = chunk
          return false
        },
        failed: () => stream.writer?.failed(),
        async close() {
          await showing
          await stream.writer?.close()
        },
        isDiscarding: () => state === 'discarding',
      }
    },
    show,
    discard() {
      if (state !== 'holding') return
      state = 'discarding'
      store.clear()
    },
  }
}

function why(error: unknown): string {
  return errorCode(error) === undefined ? errorMessage(error) : describeSystemError(error)
}
