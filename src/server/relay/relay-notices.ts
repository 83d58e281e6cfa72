/** What `cronitor serve` says of forwarding: what is wrong, once, and when it is well again; nothing while all is well. */

import { type DrainReport, describeDrainReport } from '../../spool/drain/drain-report.ts'
import type { DroppedCounts } from '../../spool/limits.ts'
import { formatDuration } from '../../system/duration.ts'
import type { Taken } from './relay-queue.ts'

export interface ForwardWords {
  readonly report: (what: DrainReport) => void
  readonly taken: (taken: Taken) => void
  readonly dropped: (dropped: DroppedCounts) => void
  /** `problem` is told once, however often it comes. */
  readonly once: (problem: string) => void
}

/** Nothing has been delivered for this long, in milliseconds: that is told. A connection that breaks now and then is not. */
const OUTAGE_MS = 10_000

export interface ForwardWordsTools {
  /** Gets a line for people, without a line break. */
  readonly tell: (line: string) => void
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  /** Host and port of the other API. */
  readonly host: string
  /** The folder of the spool. */
  readonly folder: string
  /** How long it keeps events, in milliseconds. */
  readonly maxAgeMs: number
}

export function createForwardWords({ tell, now, host, folder, maxAgeMs }: ForwardWordsTools): ForwardWords {
  const told = new Set<string>()
  let failingSince: number | undefined
  let isOutageTold = false
  /** How many were too old to be sent, and are told of once there is a pause. */
  let passedOver = 0

  function once(problem: string): void {
    if (told.has(problem)) return
    told.add(problem)
    tell(problem)
  }

  function failing(problem: string): void {
    failingSince ??= now()
    if (isOutageTold || now() - failingSince < OUTAGE_MS) return
    isOutageTold = true
    tell(`events cannot be sent on to ${host} at present: ${problem}; they are kept and sent later`)
  }

  function answered(): void {
    failingSince = undefined
    if (isOutageTold) tell(`events are sent on to ${host} again`)
    isOutageTold = false
  }

  return {
    once,
    report(what) {
      switch (what.kind) {
        case 'delivered':
          answered()
          return
        case 'refused':
          answered()
          once(
            `${host} refused an event: ${what.problem}; such events are kept: cronitor spool list --rejected --spool-dir ${folder}`,
          )
          return
        case 'will-retry':
          failing(what.problem)
          return
        case 'damaged':
        case 'newer':
        case 'unreadable':
        case 'failed':
          once(`forwarding, ${folder}: ${describeDrainReport(what)}`)
          return
        default:
          what satisfies never
      }
    },
    taken({ kind, tooOld, unsendable }) {
      passedOver += tooOld
      if (passedOver > 0 && kind !== 'more') {
        tell(`${counted(passedOver)} not sent on to ${host}: older than ${formatDuration(maxAgeMs)}`)
        passedOver = 0
      }
      if (unsendable > 0) once(`events are not sent on to ${host} whose monitor's name holds its API key`)
    },
    dropped({ tooOld, tooMany }) {
      const reasons = [
        tooOld > 0 && `${tooOld} older than ${formatDuration(maxAgeMs)}`,
        tooMany > 0 && `${tooMany} over the size of the spool`,
      ].filter(Boolean)
      if (reasons.length > 0)
        tell(`${counted(tooOld + tooMany)} dropped from ${folder}: ${reasons.join(', ')}`)
    },
  }
}

function counted(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}
