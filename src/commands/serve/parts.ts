/** What `cronitor serve` does beside answering requests. Each part is started before events are taken, and ended after. */

import type { KeyRing } from '../../server/http/context.ts'
import type { Limits } from '../../server/ingest/limits.ts'
import type { Store } from '../../server/store/store.ts'
import type { ServeIo } from './process-io.ts'
import type { ServeOptions } from './serve.ts'
import { DEFAULT_RETAIN_MS } from './serve-options.ts'
import { startWatch } from './start-alerts.ts'
import { startMail } from './start-mail.ts'
import { startPruning } from './start-pruning.ts'
import { startForwardPart } from './start-relay.ts'

export interface PartContext {
  readonly options: ServeOptions
  readonly io: ServeIo
  readonly store: Store
  /** Shared by all ways in: one event is counted once, by whichever it comes. */
  readonly limits: Limits
  /** Undefined where any key is accepted. */
  readonly keys: KeyRing | undefined
  /** Prints one line on stderr, with the program's name in front. */
  readonly warn: (words: string) => void
  /** Prints one line on stdout, behind the one that tells the server's address: the text, or with --json the object. */
  readonly say: (text: string, json: Readonly<Record<string, unknown>>) => void
}

export interface Part {
  /** On SIGHUP. Says itself what is wrong, and goes on as before then. */
  readonly reload?: () => void | Promise<void>
  /** Called after the last event was taken, and before the store is closed. */
  readonly close: () => Promise<void>
}

export type StartedPart =
  | { readonly ok: true; readonly part: Part }
  /** One line: the server does not start. */
  | { readonly ok: false; readonly problem: string }

export type StartPart = (context: PartContext) => StartedPart | Promise<StartedPart>

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
