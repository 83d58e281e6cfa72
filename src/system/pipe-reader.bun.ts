/**
 * In the executable: reads a pipe by a stream of the runtime, because its `net.Socket` ignores `onread`. For Node.js:
 * pipe-reader.ts.
 */

import { closeSync } from 'node:fs'
import type { PipeReader } from './pipe-ends.ts'

/**
 * `fd` must be non-blocking. `onChunk` returns false to pause; it may get another chunk after that, which was read before.
 */
export function readPipe(fd: number, onChunk: (chunk: Buffer) => boolean): PipeReader {
  const stream = Bun.file(fd).stream().getReader()
  let isPaused = false
  let isTaking = false
  let isStopped = false
  let isOpen = true
  let chunks = 0
  let goOn = (): void => {}

  async function pass(): Promise<void> {
    for (;;) {
      const { value } = await stream.read().catch(() => END)
      if (isStopped) return
      if (value === undefined) break
      chunks += 1
      if (!onChunk(Buffer.from(value.buffer, value.byteOffset, value.length))) isPaused = true
      while (isPaused && !isTaking) await new Promise<void>(resolve => (goOn = resolve))
    }
    isStopped = true
    close()
  }

  function close(): void {
    isOpen = false
    closeSync(fd)
  }

  return {
    resume() {
      isPaused = false
      goOn()
    },
    async takeRead() {
      isPaused = true
      isTaking = true
      goOn()
      // The runtime reads ahead, at most 128 KiB. Such bytes resolve a read before the next tick.
      for (let before = -1; before !== chunks; await nextTick()) before = chunks
      isTaking = false
    },
    stop() {
      isStopped = true
      void stream.cancel()
    },
    destroy() {
      if (isStopped) return
      isStopped = true
      void stream.cancel()
      // The stream has a duplicate of the descriptor.
      close()
    },
    isOpen: () => isOpen,
    closed: pass(),
  }
}

/** An error of a pipe is like its end. */
const END = { value: undefined }

function nextTick(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve))
}
