/** `ping`: starts `cronitor ping`, and returns what it tells. */

import type { HostMessage } from '../commands/host-message.ts'
import { checkOptions, checkText, commandArguments, PING_FORMS } from './command-arguments.ts'
import type { PingOptions } from './options.ts'
import type { EventsResult, PingResult } from './results.ts'
import { startCommand } from './start-command.ts'

const OWN = ['apiKey', 'pingApiKey', 'cwd', 'environment', 'abortSignal', 'message', 'metrics']

/** @param given undefined in programs without types */
export async function sendPing(monitorKey: string, given: PingOptions | undefined): Promise<PingResult> {
  checkText('the monitor key', monitorKey)
  const options: Partial<PingOptions> = given ?? {}
  checkOptions(options)
  const { message, abortSignal } = options
  const args = [
    'ping',
    ...commandArguments({ ...options }, PING_FORMS, OWN),
    ...metricArguments(options.metrics),
    // By stdin, because an argument may not be longer than 128 KiB, and other users can read arguments.
    ...(message ? ['--message=-'] : []),
    monitorKey,
  ]
  if (message !== undefined) checkText("option 'message'", message)
  if (abortSignal?.aborted)
    return { events: { kind: 'not-sent', reason: 'aborted before the start' }, warnings: [] }
  let concluded: Extract<HostMessage, { kind: 'concluded' }> | undefined
  const { child, ended } = startCommand(
    { program: 'cronitor', args, options, stdio: [message ? 'pipe' : 'ignore', 'ignore', 'ignore'] },
    told => {
      if (told.kind === 'concluded') concluded = told
    },
  )
  child.stdin?.on('error', () => {}).end(message)
  const abort = (): void => void child.kill('SIGTERM')
  abortSignal?.addEventListener('abort', abort, { once: true })
  try {
    const end = await ended
    const unknown = (reason: string): EventsResult => ({ kind: 'unknown', reason })
    const events =
      end.kind === 'failed'
        ? unknown(`cronitor ping could not be started: ${end.error.message}`)
        : (concluded?.events ?? unknown(`cronitor ping ended with ${end.signal ?? `status ${end.status}`}`))
    return { events, warnings: concluded?.warnings ?? [] }
  } finally {
    abortSignal?.removeEventListener('abort', abort)
  }
}

function metricArguments(metrics: Readonly<Record<string, number>> = {}): string[] {
  return Object.entries(metrics).map(([name, value]) => `--metric=${name}:${value}`)
}
