/** Limits the size of a message with several changes. */

import type { HealthChange } from '../monitors/monitors.ts'
import { singleMessage } from './message.ts'

export const MAX_BUNDLE_CHANGES = 1000

/** In UTF-8. Web servers often accept no more than 1 MiB (nginx: client_max_body_size). */
export const MAX_BUNDLE_BYTES = 512 * 1024

/** As many changes from the start of the list as fit in one message, at least one of them. */
export function fittingChanges(changes: readonly HealthChange[]): readonly HealthChange[] {
  let bytes = 0
  const tooMany = changes.slice(0, MAX_BUNDLE_CHANGES).findIndex((change, index) => {
    bytes += Buffer.byteLength(JSON.stringify(singleMessage(change)))
    return index > 0 && bytes > MAX_BUNDLE_BYTES
  })
  return changes.slice(0, tooMany === -1 ? MAX_BUNDLE_CHANGES : tooMany)
}
