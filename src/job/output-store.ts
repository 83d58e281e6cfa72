/** Keeps a job's output in the order in which it was read: in memory up to a limit, then in a file. */

import type { UnlinkedFile } from '../system/unlinked-file.ts'

export interface OutputPart {
  readonly descriptor: 1 | 2
  /** Valid until the next part is asked for. */
  readonly bytes: Buffer
}

export interface OutputStore {
  /**
   * Undefined if `chunk` is stored. Otherwise it is once the promise resolves, and must not change until then. If the promise
   * rejects, the chunk is not stored, nor is any later one; earlier ones are.
   */
  append(descriptor: 1 | 2, chunk: Buffer): Promise<void> | undefined
  /** All that is stored, oldest first. Nothing may be appended after the call. */
  parts(): AsyncGenerator<OutputPart>
  /** Frees memory and disk space. The store must not be used after that. */
  clear(): void
}

/** Before each part: its descriptor, and its length as a 32-bit number. */
const HEADER_BYTES = 5

/** Memory is taken in pieces of this size, so that a job that prints little takes little. */
const BLOCK_BYTES = 1_048_576

/** @param openFile called once the memory is used up; may throw */
export function createOutputStore(maxMemoryBytes: number, openFile: () => UnlinkedFile): OutputStore {
  const memory = createMemory(maxMemoryBytes)
  let file: UnlinkedFile | undefined
  /** The last write to the file. */
  let writing: Promise<void> | undefined

  async function appendToFile(
    before: Promise<void> | undefined,
    descriptor: 1 | 2,
    chunk: Buffer,
  ): Promise<void> {
    await before
    file ??= openFile()
    await file.append([header(descriptor, chunk.length), chunk])
  }

  return {
    append(descriptor, chunk) {
      if (writing === undefined && memory.append(descriptor, chunk)) return undefined
      writing = appendToFile(writing, descriptor, chunk)
      return writing
    },
    async *parts() {
      for (const block of memory.blocks()) yield* partsIn(block)
      await writing?.catch(() => {})
      if (file !== undefined) yield* partsOf(file)
    },
    clear() {
      memory.clear()
      void (writing ?? Promise.resolve()).catch(() => {}).then(() => file?.close())
    },
  }
}

function createMemory(maxBytes: number) {
  const blocks: { readonly bytes: Buffer; length: number; lastHeader: number }[] = []
  let room = maxBytes

  /** False if the limit is reached, or if there is no memory. */
  function addBlock(atLeast: number): boolean {
    const size = Math.max(atLeast, Math.min(BLOCK_BYTES, room))
    if (size > room) return false
    try {
      blocks.push({ bytes: Buffer.allocUnsafeSlow(size), length: 0, lastHeader: -1 })
    } catch {
      return false
    }
    room -= size
    return true
  }

  return {
    /** False if there is no room for all of the chunk. */
    append(descriptor: 1 | 2, chunk: Buffer): boolean {
      const block = blocks.at(-1)
      if (block !== undefined && block.length + HEADER_BYTES + chunk.length <= block.bytes.length) {
        const { bytes, lastHeader } = block
        if (lastHeader !== -1 && bytes[lastHeader] === descriptor) {
          bytes.writeUInt32LE(bytes.readUInt32LE(lastHeader + 1) + chunk.length, lastHeader + 1)
        } else {
          block.lastHeader = block.length
          block.length += header(descriptor, chunk.length).copy(bytes, block.length)
        }
        block.length += chunk.copy(bytes, block.length)
        return true
      }
      return addBlock(HEADER_BYTES + chunk.length) && this.append(descriptor, chunk)
    },
    blocks: () => blocks.map(({ bytes, length }) => bytes.subarray(0, length)),
    clear(): void {
      blocks.length = 0
    },
  }
}

function header(descriptor: 1 | 2, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  bytes.writeUInt8(descriptor, 0)
  bytes.writeUInt32LE(length, 1)
  return bytes
}

interface Head {
  readonly descriptor: 1 | 2
  readonly length: number
}

function headAt(bytes: Buffer, index: number): Head {
  return { descriptor: bytes.readUInt8(index) === 1 ? 1 : 2, length: bytes.readUInt32LE(index + 1) }
}

function* partsIn(block: Buffer): Generator<OutputPart> {
  for (let at = 0; at < block.length; ) {
    const { descriptor, length } = headAt(block, at)
    at += HEADER_BYTES
    yield { descriptor, bytes: block.subarray(at, at + length) }
    at += length
  }
}

/** Reads the file through one buffer. A part of the output that is longer is returned in pieces. */
async function* partsOf(file: UnlinkedFile): AsyncGenerator<OutputPart> {
  const buffer = Buffer.allocUnsafe(2 * 65_536)
  let head: Head | undefined
  /** The bytes of the part that are still to come. */
  let left = 0
  let kept = 0
  for (let position = 0; position < file.length(); ) {
    const room = Math.min(buffer.length, kept + file.length() - position)
    const count = await file.read(position, buffer.subarray(kept, room))
    if (count === 0) return
    position += count
    const end = kept + count
    let at = 0
    while (at < end) {
      if (left === 0) {
        if (end - at < HEADER_BYTES) break
        head = headAt(buffer, at)
        left = head.length
        at += HEADER_BYTES
      }
      const bytes = buffer.subarray(at, Math.min(end, at + left))
      if (head !== undefined && bytes.length > 0) yield { descriptor: head.descriptor, bytes }
      at += bytes.length
      left -= bytes.length
    }
    buffer.copy(buffer, 0, at, end)
    kept = end - at
  }
}
