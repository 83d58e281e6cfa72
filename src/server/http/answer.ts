/** The answers of the server to events, and its errors. */

import type { Ignored } from './ignored-counter.ts'
import { type RefusalReason, usualReason } from './refusal-reason.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. An error has `error`, a sentence, and `parameter` if a parameter is wrong. */
  readonly body: string
  /** Set for an error. */
  readonly refusal?: {
    readonly reason: RefusalReason
    readonly error: string
    /** For whose event the request was, if that is certain. */
    readonly monitorKey?: string
  }
}

export const RECORDED: Answer = { status: 200, headers: {}, body: '{"ok":true}' }

/** Enough for a person to see what is wrong. A target of 64 KiB has room for thousands of wrong parameters. */
const MAX_IGNORED = 20

/** `RECORDED`, with what was left out if anything was. */
export function recordedAnswer(ignored: readonly Ignored[]): Answer {
  if (ignored.length === 0) return RECORDED
  return { ...RECORDED, body: JSON.stringify({ ok: true, ignored: ignored.slice(0, MAX_IGNORED) }) }
}

export function errorAnswer(
  status: number,
  error: string,
  parameter?: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const refusal = { reason: usualReason(status, parameter), error }
  return { status, headers, body: JSON.stringify({ error, parameter }), refusal }
}

export const TOO_MANY_MONITORS =
  'this server has as many monitors as --max-monitors allows, each environment counted as one: start it with a higher number, or use existing monitors'

/** For an error whose reason does not follow from its status. */
export function withReason(answer: Answer, reason: RefusalReason, monitorKey?: string): Answer {
  const { refusal } = answer
  if (refusal === undefined) return answer
  return { ...answer, refusal: { ...refusal, reason, ...(monitorKey !== undefined && { monitorKey }) } }
}

/** RFC 9110, 15.5.6: the answer lists the methods that the path supports. */
export function noSuchMethod(allow: readonly string[]): Answer {
  return errorAnswer(405, 'this path does not support this method', undefined, { allow: allow.join(', ') })
}

export function tooManyRequests({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Answer {
  return errorAnswer(429, 'too many requests', undefined, { 'retry-after': String(retryAfterSeconds) })
}
