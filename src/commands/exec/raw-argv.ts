/** The job's arguments as bytes. Node.js decodes arguments as UTF-8 and loses invalid bytes. */

/**
 * Undefined if all of `argv` is valid UTF-8, or if the system has no /proc.
 *
 * @param readCommandLine returns /proc/self/cmdline: each argument followed by a NUL; the last ones are `argv`
 */
export function readRawArgv(
  argv: readonly string[],
  readCommandLine: () => Buffer,
): readonly Buffer[] | undefined {
  if (!argv.some(argument => argument.includes('\uFFFD'))) return undefined
  try {
    const block = readCommandLine()
    const all: Buffer[] = []
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(0, start)
      if (end === -1) break
      all.push(block.subarray(start, end))
      start = end + 1
    }
    return all.length >= argv.length ? all.slice(-argv.length) : undefined
  } catch {
    return undefined
  }
}
