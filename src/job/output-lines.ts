/** Splits a job's output into lines of text while it streams, for each of its streams apart. */

export interface OutputLines {
  append(chunk: Buffer, descriptor: 1 | 2): void
  /** Call it after the last chunk: a last line may have no line break. */
  end(): void
}

/** A longer line is split: each piece of this many bytes counts as a line. So an endless line takes no more memory. */
export const MAX_LINE_BYTES = 1_048_576

const LF = 0x0a

/** Everything that a terminal does not show as it is, except tab and line feed. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/

/**
 * `onLines` gets each complete line once, without its line break. Bytes that are not UTF-8 are U+FFFD.
 *
 * @param clean what to make of a line with control characters
 */
export function createOutputLines(
  clean: (line: string) => string,
  onLines: (lines: readonly string[]) => void,
): OutputLines {
  const streams = new Map([1, 2].map(descriptor => [descriptor, createBuffer()]))

  function emit(bytes: Buffer): void {
    const text = bytes.toString()
    const lines = text.split('\n')
    onLines(CONTROL.test(text) ? lines.map(line => (CONTROL.test(line) ? clean(line) : line)) : lines)
  }

  /** `bytes` are complete lines without the last line break. */
  function emitLines(bytes: Buffer): void {
    if (bytes.length <= MAX_LINE_BYTES) {
      emit(bytes)
      return
    }
    for (let from = 0; from <= bytes.length; ) {
      const lineBreak = bytes.indexOf(LF, from)
      const to = lineBreak === -1 ? bytes.length : lineBreak
      do {
        const end = Math.min(to, from + MAX_LINE_BYTES)
        emit(bytes.subarray(from, end))
        from = end
      } while (from < to)
      from += 1
    }
  }

  return {
    append(chunk, descriptor) {
      const held = streams.get(descriptor)
      if (held === undefined) return
      const lastBreak = chunk.lastIndexOf(LF)
      if (lastBreak !== -1) emitLines(held.takeWith(chunk.subarray(0, lastBreak)))
      held.add(chunk.subarray(lastBreak + 1))
      while (held.length() > MAX_LINE_BYTES) emit(held.takeFirst(MAX_LINE_BYTES))
    },
    end() {
      for (const held of streams.values()) if (held.length() > 0) emitLines(held.takeWith(Buffer.alloc(0)))
    },
  }
}

/** The start of a line whose end has not been read yet. Grows by doubling: a job may print single bytes. */
function createBuffer() {
  let bytes = Buffer.alloc(0)
  let length = 0
  return {
    length: () => length,
    add(chunk: Buffer): void {
      if (length + chunk.length > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, length + chunk.length))
        bytes.copy(larger, 0, 0, length)
        bytes = larger
      }
      chunk.copy(bytes, length)
      length += chunk.length
    },
    /** All bytes, followed by those of `chunk`. Valid until the next call. */
    takeWith(chunk: Buffer): Buffer {
      if (length === 0) return chunk
      this.add(chunk)
      const all = bytes.subarray(0, length)
      length = 0
      return all
    },
    takeFirst(count: number): Buffer {
      const first = Buffer.from(bytes.subarray(0, count))
      bytes.copy(bytes, 0, count, length)
      length -= count
      return first
    },
  }
}
