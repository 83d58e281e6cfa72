/** The content of one message: a notification, or several in a bundle. */

import type { HealthChange } from '../monitors/monitors.ts'
import { changeSentenceWithReason } from './change-sentence.ts'
import type { Changes } from './channel.ts'
import { type Notification, notificationOf } from './notification.ts'

/** The JSON of a message with one change. Chat services such as Slack and Mattermost show its `text`. */
export interface SingleMessage extends Notification {
  /** One sentence. */
  readonly text: string
}

/** The JSON of a message with several changes, oldest first. */
export interface BundleMessage {
  /** Their number, and a line for each of the first changes. */
  readonly text: string
  readonly changes: readonly SingleMessage[]
}

/** In UTF-8. Slack shortens a text of more than 4,000 characters. */
const MAX_TEXT_BYTES = 3500

export function messageOf([first, ...others]: Changes): SingleMessage | BundleMessage {
  const single = singleMessage(first)
  if (others.length === 0) return single
  const changes = [single, ...others.map(singleMessage)]
  return { text: textOfBundle(changes), changes }
}

/** A thousand of them take tens of milliseconds, and their size is needed before they are sent. */
const messages = new WeakMap<HealthChange, SingleMessage>()

export function singleMessage(change: HealthChange): SingleMessage {
  const known = messages.get(change)
  if (known !== undefined) return known
  const notification = notificationOf(change)
  const message = { text: withoutMarkup(changeSentenceWithReason(notification)), ...notification }
  messages.set(change, message)
  return message
}

function textOfBundle(changes: readonly SingleMessage[]): string {
  const lines = [`${changes.length} changes:`]
  let bytes = 0
  for (const [index, { text }] of changes.entries()) {
    bytes += Buffer.byteLength(text) + 1
    if (bytes > MAX_TEXT_BYTES) return [...lines, `and ${changes.length - index} more`].join('\n')
    lines.push(text)
  }
  return lines.join('\n')
}

/**
 * Slack reads `<!channel>` as a mention of everyone (https://docs.slack.dev/messaging/formatting-message-text), and the
 * output of a job may contain it.
 */
function withoutMarkup(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›')
}
