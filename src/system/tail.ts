/** Keeps the last bytes of an output of any length in memory that does not grow. */

export interface Tail {
  append(chunk: Buffer): void
  /** The last bytes, in order. */
  bytes(): Buffer
  /** All that was ever appended, in bytes. */
  total(): number
}

/** `capacity` in bytes. The memory is taken with the first chunk, since many jobs print nothing. */
export function createTail(capacity: number): Tail {
  let ring: Buffer | undefined
  let total = 0
  return {
    append(chunk) {
      ring ??= Buffer.allocUnsafe(capacity)
      // Copied without making views: at some GB of output those would be what fills the memory.
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
  }
}
