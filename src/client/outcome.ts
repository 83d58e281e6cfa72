/** What an answer means for an event: the retry policy as a table. */

import { retryAfterMs } from './retry-after.ts'

export type ApiAnswer =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: string
      /** What to say instead of the status alone, if several addresses were tried: one line, as `message`. */
      readonly problem?: string
    }
  /** No answer. `message` is one line for people, without key or path; `code` is Node.js's error code. */
  | { readonly kind: 'error'; readonly message: string; readonly code?: string }

export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly problem: string; readonly retryAfterMs?: number }
  | {
      readonly kind: 'shorten'
      readonly status: number
      readonly problem: string
      readonly likelyCause: string
    }
  | {
      readonly kind: 'rejected'
      readonly status: number
      readonly problem: string
      readonly likelyCause: string
    }

type Rule =
  | { readonly from: number; readonly to: number; readonly action: 'deliver' | 'retry' }
  | {
      readonly from: number
      readonly to: number
      readonly action: 'shorten' | 'reject'
      readonly cause: string
    }

/** The first rule that covers a status counts. The statuses are defined in RFC 9110, section 15, and RFC 6585. */
const RULES: readonly Rule[] = [
  { from: 200, to: 299, action: 'deliver' },
  { from: 300, to: 399, action: 'reject', cause: 'a redirect, which is not followed: check --url' },
  { from: 400, to: 400, action: 'reject', cause: 'a parameter was not accepted' },
  { from: 401, to: 401, action: 'reject', cause: 'the API key is wrong' },
  {
    from: 403,
    to: 403,
    action: 'reject',
    cause: 'the API key is wrong or may not send telemetry, or the server accepts no more monitors',
  },
  { from: 404, to: 404, action: 'reject', cause: 'there is no such monitor, or --url is wrong' },
  {
    from: 405,
    to: 405,
    action: 'reject',
    cause: 'the method is not allowed there: check --method and --url',
  },
  { from: 407, to: 407, action: 'reject', cause: 'the proxy asks for a user name and a password' },
  { from: 408, to: 408, action: 'retry' },
  { from: 410, to: 410, action: 'reject', cause: 'the monitor was removed, or --url is wrong' },
  { from: 413, to: 413, action: 'reject', cause: 'the request is too large for the server' },
  { from: 414, to: 414, action: 'shorten', cause: 'the request is too long, even without a message' },
  { from: 425, to: 425, action: 'retry' },
  { from: 429, to: 429, action: 'retry' },
  { from: 431, to: 431, action: 'shorten', cause: 'the request is too long, even without a message' },
  { from: 400, to: 499, action: 'reject', cause: 'the request was not accepted' },
  { from: 500, to: 599, action: 'retry' },
]

/** True for a status that tells nothing about the other addresses of the API: that of a server or load balancer that is away. */
export function isAway(status: number): boolean {
  return status >= 502 && status <= 504
}

/** @param now milliseconds since 1970, for a `Retry-After` that is a date */
export function classify(answer: ApiAnswer, now: number): Outcome {
  if (answer.kind === 'error') return { kind: 'retry', problem: answer.message }
  const { status } = answer
  const { problem = `HTTP status ${status}` } = answer
  const rule = RULES.find(({ from, to }) => status >= from && status <= to)
  // A status outside of 200-599 is not valid HTTP. This may be temporary, like a broken connection.
  switch (rule?.action ?? 'retry') {
    case 'deliver':
      return { kind: 'delivered' }
    case 'retry': {
      const wait = retryAfterMs(answer.retryAfter, now)
      return wait === undefined ? { kind: 'retry', problem } : { kind: 'retry', problem, retryAfterMs: wait }
    }
    case 'shorten':
      return { kind: 'shorten', status, problem, likelyCause: causeOf(rule) }
    case 'reject':
      return { kind: 'rejected', status, problem, likelyCause: causeOf(rule) }
  }
}

function causeOf(rule: Rule | undefined): string {
  return rule !== undefined && 'cause' in rule ? rule.cause : ''
}
