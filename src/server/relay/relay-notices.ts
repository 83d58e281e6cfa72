/** Warnings of the relay for the person who runs `cronitor serve`: each problem once, and the end of an outage. */

import { type DrainReport, describeDrainReport } from '../../spool/drain/drain-report.ts'
import type { DroppedCounts } from '../../spool/enforce-limits.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { formatDuration } from '../../system/duration.ts'
import type { CopyResult } from './copy-stored.ts'

export interface RelayNotices {
  readonly report: (what: DrainReport) => void
  readonly copied: (result: CopyResult) => void
  readonly dropped: (dropped: DroppedCounts) => void
  /** The relay has started for the first time, on a store that already has events. */
  readonly startsWithNextEvent: () => void
  /** Gives a problem once, however often it comes. */
  readonly once: (problem: string) => void
}

/** A failure is an outage after this many milliseconds. A connection may break now and then. */
const OUTAGE_MS = 10_000

export interface RelayNoticesTools {
  /** Gets a line for people, without its end. */
  readonly notify: (line: string) => void
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  /** Host and port of the other API. */
  readonly host: string
  /** The folder of the spool. */
  readonly folder: string
  /** How long it keeps events, in milliseconds. */
  readonly maxAgeMs: number
}

export function createRelayNotices({ notify, now, host, folder, maxAgeMs }: RelayNoticesTools): RelayNotices {
  const noticed = new Set<string>()
  let failingSince: number | undefined
  let isOutageNoticed = false
  /** Events that were too old to be sent. They are reported together, after the last of several copies in a row. */
  let tooOldCount = 0

  function once(problem: string): void {
    if (noticed.has(problem)) return
    noticed.add(problem)
    notify(problem)
  }

  function failing(problem: string): void {
    failingSince ??= now()
    if (isOutageNoticed || now() - failingSince < OUTAGE_MS) return
    isOutageNoticed = true
    notify(`events cannot be sent on to ${host} at present: ${problem}; they are kept and sent later`)
  }

  function answered(): void {
    failingSince = undefined
    if (isOutageNoticed) notify(`events are sent on to ${host} again`)
    isOutageNoticed = false
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
    startsWithNextEvent() {
      notify(`forwarding to ${host} starts with the next event; events that are stored already are not sent`)
    },
    copied({ kind, tooOld, unsendable }) {
      tooOldCount += tooOld
      if (tooOldCount > 0 && kind !== 'more') {
        notify(`${counted(tooOldCount)} not sent on to ${host}: older than ${formatDuration(maxAgeMs)}`)
        tooOldCount = 0
      }
      if (unsendable > 0) once(`events whose monitor key contains the API key of ${host} are not sent on`)
    },
    dropped({ tooOld, tooMany }) {
      const reasons = [
        tooOld > 0 && `${tooOld} older than ${formatDuration(maxAgeMs)}`,
        tooMany > 0 && `${tooMany} over the size of the spool`,
      ].filter(Boolean)
      if (reasons.length > 0)
        notify(`${counted(tooOld + tooMany)} dropped from ${folder}: ${reasons.join(', ')}`)
    },
  }
}

function counted(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}

/** An error of the store or the spool, in one line. */
export function describeRelayError(error: unknown): string {
  const text = describeSystemError(error)
  return text === 'unknown error' && error instanceof Error ? (error.message.split('\n')[0] ?? '') : text
}
