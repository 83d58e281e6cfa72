/** How the executable starts itself. */

/** The program and its first arguments; those of a command follow. */
export function ownProgram(): readonly [string, ...string[]] {
  return [process.execPath]
}
