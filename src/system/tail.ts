/** Keeps the last bytes of a stream of any length, in a ring buffer of fixed size. */

export interface Tail {
  append(chunk: Buffer): void
  /** The last bytes, in order. */
  bytes(): Buffer
  /** The number of bytes that were appended. */
  total(): number
  /** Forgets everything. */
  clear(): void
}

/** `capacity` is in bytes. The buffer is allocated with the first chunk, since many jobs print nothing. */
export function createTail(capacity: number): Tail {
  let ring: Buffer | undefined
  let total = 0
  return {
    append(chunk) {
      ring ??= Buffer.allocUnsafe(capacity)
      // Without views of the chunk: for gigabytes of output these would fill the memory.
      const from = Math.max(0, chunk.length - capacity)
      const start = (total + from) % capacity
      const copied = chunk.copy(ring, start, from)
      chunk.copy(ring, 0, from + copied)
      total += chunk.length
    },
    bytes() {
      if (ring === undefined) return Buffer.alloc(0)
      if (total <= capacity) return ring.subarray(0, total)
      const start = total % capacity
      return Buffer.concat([ring.subarray(start), ring.subarray(0, start)])
    },
    total: () => total,
    clear() {
      total = 0
    },
  }
}
