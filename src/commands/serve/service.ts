/** A service of `cronitor serve`: something that it does besides answering HTTP requests. */

import type { IgnoredCounter } from '../../server/http/ignored-counter.ts'
import type { RefusalCounter } from '../../server/http/refusal-counter.ts'
import type { KeyRing } from '../../server/http/route-context.ts'
import type { RateLimits } from '../../server/ingest/rate-limits.ts'
import type { KeyRedactor } from '../../server/ingest/redact-keys.ts'
import type { Duties } from '../../server/store/duties.ts'
import type { Store } from '../../server/store/store.ts'
import type { ServeOptions } from './serve-options.ts'
import type { ServeProcess } from './serve-process.ts'

export interface ServiceContext {
  readonly options: ServeOptions
  readonly io: ServeProcess
  readonly store: Store
  /** What only one of several servers with this store does at a time. */
  readonly duties: Duties
  /** Shared by HTTP and mail, so that an event counts against the same limit however it arrives. */
  readonly limits: RateLimits
  /** Shared by HTTP and mail as well. */
  readonly ignoredCounter: IgnoredCounter
  /** Undefined if any key is accepted. */
  readonly keys: KeyRing | undefined
  readonly redactor: KeyRedactor
  /** For /metrics: whether monitors cannot become late at the moment. */
  readonly showLatenessPause: (isPaused: () => boolean) => void
  readonly refusals: RefusalCounter
  /** Prints one line on stderr, prefixed with the program's name. */
  readonly warn: (message: string) => void
  /** Prints one line on stdout, after the line with the server's address: `text`, or with --json the object. */
  readonly say: (text: string, json: Readonly<Record<string, unknown>>) => void
}

export interface Service {
  /** Called on SIGHUP. Prints a warning if it fails, and then continues as before. */
  readonly reload?: () => void | Promise<void>
  /** Called after the last HTTP event is stored, and before the store is closed. */
  readonly close: () => Promise<void>
}

export type StartedService = { readonly ok: true; readonly service: Service } | NotStarted

export interface NotStarted {
  readonly ok: false
  /** One line. */
  readonly problem: string
  /** True if the store is the cause, and the same may succeed later. Default: false. */
  readonly mayPass?: boolean
}

export type StartService = (context: ServiceContext) => StartedService | Promise<StartedService>
