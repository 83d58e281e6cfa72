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
  /** Adds a text for stderr to what is held, or writes it if that is shown already. */
  add(text: string): void
  /**
   * Writes what is held, each part to its descriptor, in the order in which it was read; later output goes straight through.
   * Resolves once everything is written, or cannot be.
   */
  show(): Promise<void>
  /** Drops what is held, and later output. */
  discard(): void
}

type State = 'holding' | 'showing' | 'shown' | 'discarding'

/** A job may be started several times, so there may be several for one descriptor. */
interface Stream {
  readonly descriptor: 1 | 2
  readonly events: WriterEvents
  /** Opened once later output goes straight through. */
  writer?: OutputWriter
  /** A chunk that came while what is held is written. */
  waiting?: Buffer | undefined
}

/**
 * @param createWriter opens the writer for one of the wrapper's descriptors
 * @param onProblem called with one line if the store cannot take more, so that everything is shown from now on, or if what it
 *   has cannot be read
 */
export function holdOutput(
  store: OutputStore,
  createWriter: CreateWriter,
  onProblem: (problem: string) => void,
): HeldOutput {
  let state: State = 'holding'
  const streams: Stream[] = []
  const player = createPlayer(createWriter)
  let showing: Promise<void> | undefined

  async function showAll(): Promise<void> {
    try {
      for await (const { descriptor, bytes } of store.parts()) await player.write(descriptor, bytes)
    } catch (error) {
      onProblem(`a part of the output is lost: ${why(error)}`)
    }
    store.clear()
    await player.close()
    state = 'shown'
    for (const stream of streams) {
      const { waiting } = stream
      stream.waiting = undefined
      if (waiting !== undefined && openWriter(stream).write(waiting)) stream.events.onReady()
    }
  }

  function openWriter(stream: Stream): OutputWriter {
    stream.writer ??= createWriter(stream.descriptor, stream.events)
    return stream.writer
  }

  function show(): Promise<void> {
    if (state === 'discarding') return Promise.resolve()
    state = state === 'holding' ? 'showing' : state
    showing ??= showAll()
    return showing
  }

  function hold(stream: Stream, chunk: Buffer): boolean {
    const storing = store.append(stream.descriptor, chunk)
    if (storing === undefined) return true
    storing.then(
      () => stream.events.onReady(),
      error => {
        if (state === 'discarding') {
          stream.events.onReady()
          return
        }
        if (state === 'holding') onProblem(`the output cannot be held back, so it is shown: ${why(error)}`)
        stream.waiting = chunk
        void show()
      },
    )
    return false
  }

  function openStream(descriptor: 1 | 2, events: WriterEvents): OutputWriter {
    const stream: Stream = { descriptor, events }
    streams.push(stream)
    return {
      write(chunk) {
        if (state === 'discarding') return true
        if (state === 'holding') return hold(stream, chunk)
        if (state === 'showing') {
          stream.waiting = chunk
          return false
        }
        return openWriter(stream).write(chunk)
      },
      failed: () => stream.writer?.failed() ?? player.failed(descriptor),
      async close() {
        await showing
        await stream.writer?.close()
      },
      isDiscarding: () => state === 'discarding',
    }
  }

  return {
    createWriter: openStream,
    add(text) {
      const ignored = { onReady() {}, onFailure() {} }
      if (text !== '') openStream(2, ignored).write(Buffer.from(text))
    },
    show,
    discard() {
      if (state !== 'holding') return
      state = 'discarding'
      store.clear()
    },
  }
}

/** Writes one chunk after the other, to the descriptor of each. */
function createPlayer(createWriter: CreateWriter) {
  const writers = new Map<1 | 2, { readonly writer: OutputWriter; settle: () => void }>()

  function open(descriptor: 1 | 2) {
    const settle = (): void => opened.settle()
    const opened = { writer: createWriter(descriptor, { onReady: settle, onFailure: settle }), settle() {} }
    writers.set(descriptor, opened)
    return opened
  }

  return {
    /** Resolves once `chunk` is written, or cannot be. */
    async write(descriptor: 1 | 2, chunk: Buffer): Promise<void> {
      const opened = writers.get(descriptor) ?? open(descriptor)
      if (opened.writer.failed() !== undefined) return
      const settled = new Promise<void>(resolve => {
        opened.settle = resolve
      })
      if (!opened.writer.write(chunk)) await settled
    },
    failed: (descriptor: 1 | 2) => writers.get(descriptor)?.writer.failed(),
    async close(): Promise<void> {
      for (const { writer } of writers.values()) await writer.close()
    },
  }
}

function why(error: unknown): string {
  return errorCode(error) === undefined ? errorMessage(error) : describeSystemError(error)
}
