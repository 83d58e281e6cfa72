/** Events that belong to a run: all but `ok`. */

import type { Incoming } from './incoming.ts'

export type RunEvent = Incoming & { readonly state: 'run' | 'complete' | 'fail' }

export function isOfRun(event: Incoming): event is RunEvent {
  return event.state !== 'ok'
}
