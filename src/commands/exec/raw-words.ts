/** The command's words as the bytes that they were given as: Node.js has them as text, and loses what is no UTF-8. */

/**
 * Undefined where `words` say it all, or where the system does not tell (no /proc). `readCommandLine` gives
 * /proc/self/cmdline: each argument ended by a NUL, of which `words` are the last.
 */
export function rawWords(
  words: readonly string[],
  readCommandLine: () => Buffer,
): readonly Buffer[] | undefined {
  if (!words.some(word => word.includes('\uFFFD'))) return undefined
  try {
    const block = readCommandLine()
    const all: Buffer[] = []
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(0, start)
      if (end === -1) break
      all.push(block.subarray(start, end))
      start = end + 1
    }
    return all.length >= words.length ? all.slice(-words.length) : undefined
  } catch {
    return undefined
  }
}
