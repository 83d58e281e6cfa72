import type { FunctionContext, FunctionOptions, RunOptions } from './options.ts'
import type { RunResult } from './results.ts'
import { runCommand } from './run-command.ts'
import { runFunction } from './run-function.ts'

/**
 * Runs a command as `cronitor-exec` does, and reports it to the monitor: `run` at its start, `complete` or `fail` with the
 * end of its output at its end. Resolves when the job has ended and its events are delivered or kept: `deliverWithin` after
 * the job's end, at the latest. The job and its report go on if this process ends meanwhile.
 *
 * @param monitorKey 1 to 128 characters without white space or control characters
 * @param command a program and its arguments. A text, or one word alone, is a command line for the shell if it has blanks
 *   or characters such as `|`.
 * @throws WrongArgumentError (as a rejection) if an argument is wrong; then nothing was run. Nothing else makes it reject:
 *   failures of the job and of the monitoring are in the result.
 * @example
 * const result = await run('nightly-backup', ['/usr/local/bin/backup', '--full'], { timeout: '2h' })
 * if (result.reason !== undefined) console.error(result.reason)
 */
export function run(
  monitorKey: string,
  command: string | readonly string[],
  options?: RunOptions,
): Promise<RunResult>
/**
 * Calls a function and reports it to the monitor: `run` before the call, `complete` if it returns, `fail` with the error's
 * name and message if it throws. Resolves or rejects as the function does, after its events are delivered or kept. If
 * this process ends before the function, `fail` is reported.
 *
 * @param job may be asynchronous. It is called also if it cannot be monitored.
 * @throws WrongArgumentError (as a rejection) if an argument is wrong; then the function was not called
 * @example
 * const rows = await run('import-orders', async ({ metrics, signal }) => {
 *   const orders = await importOrders({ signal })
 *   metrics.count = orders.length
 *   return orders
 * }, { timeout: '10m' })
 */
export function run<Value>(
  monitorKey: string,
  job: (context: FunctionContext) => Value | PromiseLike<Value>,
  options?: FunctionOptions,
): Promise<Value>
export async function run(
  monitorKey: string,
  what: string | readonly string[] | ((context: FunctionContext) => unknown),
  options: RunOptions | FunctionOptions = {},
): Promise<unknown> {
  if (typeof what === 'function') return runFunction(monitorKey, what, options as FunctionOptions)
  return runCommand(monitorKey, typeof what === 'string' ? [what] : what, options as RunOptions)
}
