/** The content of an event's file: JSON with a version number. Every field is checked when it is read. */

import { isObject } from '../system/json-object.ts'
import { isAddressKind, isFiniteNumber, parseBootTime, parseTelemetryEvent } from './json-fields.ts'
import type { SpooledEvent } from './spooled-event.ts'

export type EventFileContent =
  | { readonly kind: 'event'; readonly spooled: SpooledEvent }
  /** Written by a newer version of this program, which knows the format. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'damaged'; readonly problem: string }
  /** This user may not read it: for example root's file in a user's spool. */
  | { readonly kind: 'unreadable'; readonly problem: string }

const VERSION = 1

export function formatEventFile(spooled: SpooledEvent): string {
  return `${JSON.stringify({ version: VERSION, ...spooled })}\n`
}

export function parseEventFile(text: string): EventFileContent {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return damaged('is not complete JSON')
  }
  if (!isObject(json)) return damaged('is not a JSON object')
  const { version, key, address, occurredAt, tries, lastProblem, notBefore, refused, putBack } = json
  const [up, notBeforeUp, offered] = [json.up, json.notBeforeUp, json.offered].map(parseBootTime)
  if (typeof version === 'number' && version > VERSION) return { kind: 'newer' }
  if (version !== VERSION) return damaged('has no version')
  const event = parseTelemetryEvent(json.event)
  if (event === undefined) return damaged('contains no event')
  if (typeof key !== 'string' || !isFiniteNumber(occurredAt))
    return damaged('has no key fingerprint or no time')
  return {
    kind: 'event',
    spooled: {
      key,
      ...(isAddressKind(address) && { address }),
      occurredAt,
      event,
      tries: isFiniteNumber(tries) ? tries : 0,
      ...(up && { up }),
      ...(notBeforeUp && { notBeforeUp }),
      ...(offered && { offered }),
      ...(typeof lastProblem === 'string' && { lastProblem }),
      ...(isFiniteNumber(notBefore) && { notBefore }),
      ...(isObject(refused) &&
        isFiniteNumber(refused.status) && {
          refused: { status: refused.status, likelyCause: String(refused.likelyCause ?? '') },
        }),
      ...(putBack === true && { putBack }),
    },
  }
}

function damaged(problem: string): EventFileContent {
  return { kind: 'damaged', problem }
}
