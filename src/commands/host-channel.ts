/** Tells the Node.js program that has started this command by the library (src/library/) what happens. */

import { writeSync } from 'node:fs'
import { exitStatusOf, type JobEnd } from '../job/job-end.ts'
import { HOST_KEYS_VARIABLE, HOST_VARIABLE } from '../job/launch-notes.ts'
import { NO_KEY } from '../report/notices/missing-key.ts'
import type { NoKeyOutcome, SendOutcome } from '../report/send-outcome.ts'
import type { SettingsFlags } from '../settings/sources.ts'
import type { HostMessage, ToldEnd, ToldEvents } from './host-message.ts'

/** Neither the launcher nor Node.js passes this descriptor on to the job. */
const HOST_DESCRIPTOR = 3

interface ToldRun {
  readonly job: { readonly pid: number | undefined }
  readonly series: string
  readonly outcome: Promise<{
    readonly leave: JobEnd
    readonly reported: { readonly state: 'complete' | 'fail'; readonly reason?: string }
  }>
}

export interface HostChannel {
  /** The API keys of its options. */
  readonly keys: Pick<SettingsFlags, 'apiKey' | 'pingApiKey'>
  tell(message: HostMessage): void
  /** The warning is told with the last message. */
  noteWarning(line: string): void
  /** Tells the start of the job and its end. */
  follow(run: ToldRun): void
  /** The last message. Undefined: nothing was reported. */
  conclude(outcome: SendOutcome | NoKeyOutcome | undefined): void
}

/** Undefined if the command was started in another way. */
export function openHostChannel(env: NodeJS.ProcessEnv, write = writeLine): HostChannel | undefined {
  if (env[HOST_VARIABLE] === undefined) return undefined
  const warnings: string[] = []
  const tell = (message: HostMessage): void => write(`${JSON.stringify(message)}\n`)
  return {
    keys: keysIn(env[HOST_KEYS_VARIABLE]),
    tell,
    noteWarning: line => void warnings.push(line),
    follow({ job, series, outcome }) {
      tell({ kind: 'started', pid: job.pid, series })
      void outcome.then(({ leave, reported: { state, reason } }) =>
        tell({ kind: 'ended', end: toldEnd(leave), state, reason, durationMs: leave.durationMs }),
      )
    },
    conclude: outcome => tell({ kind: 'concluded', events: toldEvents(outcome), warnings }),
  }
}

/** The library has written the JSON. */
function keysIn(text = '{}'): HostChannel['keys'] {
  const { apiKey, pingApiKey } = JSON.parse(text)
  return { ...(apiKey && { apiKey }), ...(pingApiKey && { pingApiKey }) }
}

function toldEnd(end: JobEnd): ToldEnd {
  switch (end.kind) {
    case 'exited':
      return { kind: 'exited', status: end.status }
    case 'killed':
      return { kind: 'killed', signal: end.signal }
    case 'timed-out':
    case 'not-started':
      return { kind: end.kind, status: exitStatusOf(end), reason: end.reason }
    default:
      return end satisfies never
  }
}

function toldEvents(outcome: SendOutcome | NoKeyOutcome | undefined): ToldEvents {
  switch (outcome?.kind) {
    case undefined:
      return { kind: 'not-sent', reason: 'there was nothing to report' }
    case 'delivered':
      return { kind: 'delivered' }
    case 'queued':
    case 'recorded':
      return { kind: 'kept', reason: outcome.reason }
    case 'rejected':
      return { kind: 'refused', reason: outcome.reason }
    case 'lost':
      return { kind: 'lost', reason: outcome.reason }
    case 'no-key':
      return { kind: 'not-sent', reason: NO_KEY }
    default:
      return outcome satisfies never
  }
}

function writeLine(line: string): void {
  const bytes = Buffer.from(line)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(HOST_DESCRIPTOR, bytes, at)
  } catch {
    // The program has ended. The command goes on without it.
  }
}
