/** Decides whether a failed job is started again, and how long to wait before that. */

import {
  CANNOT_RUN_STATUS,
  NOT_FOUND_STATUS,
  TIMED_OUT_STATUS,
  WRAPPER_USAGE_STATUS,
} from '../../../job/exit-status.ts'
import type { Control } from './control.ts'
import { DEFAULT_RETRY_DELAY_MS } from './defaults.ts'
import { parseStatusSet } from './status-set.ts'

export interface RetryPolicy {
  /** How many times the job is started again, at most. */
  readonly retries: number
  readonly delayMs: number
  /** Each delay is this many times as long as the one before. */
  readonly backoff: number
  /** Undefined: all but `NEVER_HELPS`. */
  readonly retryOn: ReadonlySet<number> | undefined
  readonly noRetryOn: ReadonlySet<number> | undefined
}

export function retryPolicyOf(control: Control): RetryPolicy {
  return {
    retries: control.retries ?? 0,
    delayMs: control.retryDelay ?? DEFAULT_RETRY_DELAY_MS,
    backoff: control.retryBackoff ?? 1,
    retryOn: control.retryOn,
    noRetryOn: control.noRetryOn,
  }
}

/** EX_TEMPFAIL of sysexits.h, and the status of a wrapper that does not get its lock. */
const TEMPORARY_FAILURE = 75

/** A job with these statuses has not run, or asks not to be started again. */
const NEVER_HELPS: ReadonlySet<number> = new Set([
  TEMPORARY_FAILURE,
  WRAPPER_USAGE_STATUS,
  CANNOT_RUN_STATUS,
  NOT_FOUND_STATUS,
])

/** As for durations. */
const LONGEST_DELAY_MS = 1000 * 24 * 60 * 60 * 1000

/**
 * Milliseconds until the next attempt; undefined if there is none.
 *
 * @param attempt the number of the one that has failed, from 1
 * @param status its exit status, or 128 plus the number of the signal that has killed it
 */
export function retryDelay(policy: RetryPolicy, attempt: number, status: number): number | undefined {
  if (attempt > policy.retries || policy.noRetryOn?.has(status)) return undefined
  const isWanted = policy.retryOn === undefined ? !NEVER_HELPS.has(status) : policy.retryOn.has(status)
  return isWanted ? Math.min(policy.delayMs * policy.backoff ** (attempt - 1), LONGEST_DELAY_MS) : undefined
}

export type ParsedRetryStatuses = ReturnType<typeof parseStatusSet>

/** Reads `75,100-110,timeout`: exit statuses as for `parseStatusSet`, and a word for the one of a time-out. */
export function parseRetryStatuses(text: string): ParsedRetryStatuses {
  const parts = text.split(',').map(part => (part === 'timeout' ? String(TIMED_OUT_STATUS) : part))
  const parsed = parseStatusSet(parts.join(','))
  return parsed.ok ? parsed : { ok: false, problem: 'expected exit statuses such as 75,100-110,timeout' }
}

export type ParsedNumber =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: string }

export function parseRetries(text: string): ParsedNumber {
  if (!/^\d{1,6}$/.test(text)) return { ok: false, problem: 'expected a number of retries from 0 to 999999' }
  return { ok: true, value: Number(text) }
}

export function parseBackoff(text: string): ParsedNumber {
  const value = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (value < 1 || value > 100)
    return { ok: false, problem: 'expected a factor from 1 to 100 such as 2 or 1.5' }
  return { ok: true, value }
}
