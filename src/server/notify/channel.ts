/** A way to tell somebody of changes: a URL, a command, a mail address. */

import { createHash } from 'node:crypto'
import type { HealthChange } from '../monitors/monitors.ts'

export type NotifyOutcome =
  | { readonly kind: 'delivered' }
  /** To be tried again. `problem` is one line without secrets. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }
  /** Would be refused again. */
  | { readonly kind: 'refused'; readonly problem: string }

export interface Channel {
  /** For people, without secrets. */
  readonly name: string
  /** What the store keeps its place under. */
  readonly cursor: string
  /** More changes than `over` that wait are delivered together, up to `atMost` (1,000 or fewer). Else one at a time. */
  readonly bundle?: { readonly over: number; readonly atMost: number }
  /** Never rejects; one call at a time. An abort ends it soon, as a failure. */
  readonly deliver: (changes: readonly HealthChange[], signal: AbortSignal) => Promise<NotifyOutcome>
  readonly close: () => void
}

/** The target may hold a password or be one, so that a hash stands in the store: a changed target is another channel. */
export function cursorName(kind: 'url' | 'command' | 'mail', target: string): string {
  return `notify-${kind}:${createHash('sha256').update(target).digest('hex').slice(0, 12)}`
}
