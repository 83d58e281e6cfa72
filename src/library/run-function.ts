/**
 * `run` with a function: a small shell script stands for it as the job of a wrapper. It waits for what the function has come
 * to. If this process ends before, the script sees the end of its input, and `fail` is reported. A terminal sends Ctrl-C to all of
 * its processes; this one decides what the function does then.
 */

import { PassThrough } from 'node:stream'
import { errorMessage } from '../system/error-message.ts'
import type { FunctionContext, FunctionOptions } from './options.ts'
import type { RunResult } from './results.ts'
import { runCommand } from './run-command.ts'

/** Its input: an exit status, metrics as `name=value` in one line, and a text for the message. */
const SCRIPT = `
trap '' INT QUIT HUP
IFS= read -r status || { echo 'the process ended before its function'; exit 1; }
IFS= read -r metrics
[ -z "$metrics" ] || [ -z "\${CRONITOR_METRICS-}" ] || printf '%s\\n' $metrics >> "$CRONITOR_METRICS"
cat
exit "$status"`

type Outcome<Value> =
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'thrown'; readonly error: unknown }

export async function runFunction<Value>(
  monitorKey: string,
  job: (context: FunctionContext) => Value | PromiseLike<Value>,
  options: FunctionOptions,
): Promise<Value> {
  const { onReported, ...others } = options
  const input = new PassThrough()
  const over = new AbortController()
  const context: FunctionContext = { signal: over.signal, metrics: {} }
  let running: Promise<Outcome<Value>> | undefined
  let hasEnded = false
  const begin = (): Promise<Outcome<Value>> => {
    running ??= outcomeOf(job, context).then(outcome => {
      hasEnded = true
      input.end(inputFor(outcome, context.metrics))
      return outcome
    })
    return running
  }
  const report = await runCommand(
    monitorKey,
    ['/bin/sh', '-c', SCRIPT],
    { ...others, stdin: input, stdout: 'ignore', stderr: 'ignore' },
    begin,
  )
  if (running !== undefined && !hasEnded) over.abort(abortReason(report))
  // Also if the wrapper cannot run: monitoring does not keep the function from running.
  const outcome = await begin()
  onReported?.(report)
  if (outcome.kind === 'thrown') throw outcome.error
  return outcome.value
}

async function outcomeOf<Value>(
  job: (context: FunctionContext) => Value | PromiseLike<Value>,
  context: FunctionContext,
): Promise<Outcome<Value>> {
  try {
    return { kind: 'returned', value: await job(context) }
  } catch (error) {
    return { kind: 'thrown', error }
  }
}

function inputFor(outcome: Outcome<unknown>, metrics: FunctionContext['metrics']): string {
  const given = Object.entries(metrics).filter(
    ([name, value]) => /^[\w-]{1,63}$/.test(name) && Number.isFinite(value),
  )
  const words = given.map(([name, value]) => `${name}=${value}`).join(' ')
  return outcome.kind === 'returned' ? `0\n${words}\n` : `1\n${words}\n${shown(outcome.error)}\n`
}

/** Without the stack: it names files, and does not fit into a message. */
function shown(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : errorMessage(error)
}

function abortReason(report: RunResult): DOMException {
  return report.kind === 'timed-out'
    ? new DOMException(report.reason, 'TimeoutError')
    : new DOMException('the run has ended', 'AbortError')
}
