/** A channel for notifications: a URL, a command or a mail address. */

import { createHash } from 'node:crypto'
import type { HealthChange } from '../monitors/monitors.ts'

export type NotifyOutcome =
  | { readonly kind: 'delivered' }
  /** Will be tried again. `problem` is one line without secrets. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }
  /** Permanent: another attempt would be refused as well. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Permanent, but each of the changes may be accepted alone. */
  | { readonly kind: 'refused-together'; readonly problem: string }

/** The changes of one message, at least one. */
export type Changes = readonly [HealthChange, ...HealthChange[]]

export interface Channel {
  /** For warnings. Without secrets. */
  readonly name: string
  /** The name under which the store remembers the position of the channel. */
  readonly cursor: string
  /**
   * Sends one message. Several changes come in the order of their ids, and bundle-size.ts limits them. Never rejects.
   * Only called again after it has resolved. If the signal aborts, it soon resolves with a failure.
   */
  readonly deliver: (changes: Changes, signal: AbortSignal) => Promise<NotifyOutcome>
  readonly close: () => void
}

/** A hash of the target, because the target may contain a password. A changed target is a new channel. */
export function cursorName(kind: 'url' | 'command' | 'mail', target: string): string {
  return `notify-${kind}:${createHash('sha256').update(target).digest('hex').slice(0, 12)}`
}
