/** The error for a wrong value of an option. */

/**
 * Commander shows the problem as that of the option. It knows its own `InvalidArgumentError` by this code; with the class,
 * dist/control.cjs would contain commander too.
 */
export function wrongValue(problem: string): Error {
  return Object.assign(new Error(problem), { code: 'commander.invalidArgument' })
}
