/** Keeps the last bytes of an output of any length in memory that does not grow. */

export interface Tail {
  append(chunk: Uint8Array): void
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
      const last = chunk.subarray(Math.max(0, chunk.length - capacity))
      const start = (total + chunk.length - last.length) % capacity
      const untilEnd = Math.min(last.length, capacity - start)
      ring.set(last.subarray(0, untilEnd), start)
      ring.set(last.subarray(untilEnd), 0)
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
