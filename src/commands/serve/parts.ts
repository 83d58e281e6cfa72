/** What `cronitor serve` does beside answering requests. Each part is started before events are taken, and ended after. */

import { DEFAULT_RETAIN_MS } from '../../settings/defaults.ts'
import type { Part, PartContext, StartPart } from './part.ts'
import { startWatch } from './start-alerts.ts'
import { startMail } from './start-mail.ts'
import { startPruning } from './start-pruning.ts'
import { startForwardPart } from './start-relay.ts'

const PARTS: readonly StartPart[] = [
  startWatch,
  ({ store, options, warn }) => ({
    ok: true,
    part: startPruning({ store, retainMs: options.retain ?? DEFAULT_RETAIN_MS, warn, wallClock: Date.now }),
  }),
  startForwardPart,
  // The last one, so that it is closed first: what the others do is done for its events, too.
  startMail,
]

/** Puts each part that was started into `started`, in this order. Returns what keeps the server from starting. */
export async function startParts(context: PartContext, started: Part[]): Promise<string | undefined> {
  for (const start of PARTS) {
    const outcome = await start(context)
    if (!outcome.ok) return outcome.problem
    started.push(outcome.part)
  }
  return undefined
}
