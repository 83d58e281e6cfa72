/** One thing that `cronitor serve` does beside answering requests. */

import type { KeyRing } from '../../server/http/route-context.ts'
import type { RateLimits } from '../../server/ingest/rate-limits.ts'
import type { Store } from '../../server/store/store.ts'
import type { ServeProcess } from './serve-process.ts'
import type { ServeOptions } from './serve-request.ts'

export interface ServiceContext {
  readonly options: ServeOptions
  readonly io: ServeProcess
  readonly store: Store
  /** Shared by all ways in: one event is counted once, by whichever it comes. */
  readonly limits: RateLimits
  /** Undefined where any key is accepted. */
  readonly keys: KeyRing | undefined
  /** Prints one line on stderr, with the program's name in front. */
  readonly warn: (words: string) => void
  /** Prints one line on stdout, behind the one that tells the server's address: the text, or with --json the object. */
  readonly say: (text: string, json: Readonly<Record<string, unknown>>) => void
}

export interface Service {
  /** On SIGHUP. Says itself what is wrong, and goes on as before then. */
  readonly reload?: () => void | Promise<void>
  /** Called after the last event was taken, and before the store is closed. */
  readonly close: () => Promise<void>
}

export type StartedService =
  | { readonly ok: true; readonly service: Service }
  /** One line: the server does not start. */
  | { readonly ok: false; readonly problem: string }

export type StartService = (context: ServiceContext) => StartedService | Promise<StartedService>
