/** The settings of a command, from flags, environment and files. */

import type { Method } from '../telemetry/event.ts'
import type { FindHidden } from '../telemetry/redact.ts'

/** The address of the Telemetry API. One that cannot be used is never replaced by another. */
export type TelemetryUrl =
  | {
      readonly kind: 'usable'
      /** Without a trailing slash. */
      readonly base: string
      /** Further addresses of the same API, for tries that do not reach an earlier one. Only if there are any. */
      readonly others?: readonly string[]
      /** True if the default address is one of them. */
      readonly isBuiltIn: boolean
    }
  /** `problem` is one line. It names the setting and shows the value without user name, password and query. */
  | { readonly kind: 'unusable'; readonly problem: string }

export interface Settings {
  /** The key that events are sent with: the ping API key if there is one, else the API key. */
  readonly key: string | undefined
  /** The file that contains the key; undefined for a pipe and for a key that is not in a file. */
  readonly keyFile: string | undefined
  /** True if there is no key and a warning already says why. */
  readonly isMissingKeyExplained: boolean
  /** All known keys. They are redacted from everything that is sent or written. */
  readonly secrets: readonly string[]
  /** What else is redacted in messages, in the log and in what is printed, but not in what the job prints. */
  readonly findHidden?: FindHidden | undefined
  readonly anonymous: boolean
  readonly env: string | undefined
  readonly hostname: string
  readonly url: TelemetryUrl
  readonly method: Method
  /** How long to try to deliver, in milliseconds; the wrapper counts from the end of the job. */
  readonly deliverWithinMs: number
  /** True if undelivered events are kept. */
  readonly spool: boolean
  /** The folder for undelivered events, an absolute path; undefined if the user has no home folder and chose none. */
  readonly spoolDir: string | undefined
  /** True if a flag or the environment sets `spoolDir`: this user chose it, not another who may write a file. */
  readonly isSpoolDirChosen: boolean
  /** How long undelivered events are kept, in milliseconds. */
  readonly spoolMaxAgeMs: number
  /** The disk space for undelivered events, in bytes. */
  readonly spoolMaxBytes: number
  /** True if a background process may be started to deliver them. */
  readonly courier: boolean
  /** True if late events are sent with the time at which they happened. */
  readonly stamp: boolean
  /** The path of the event log. */
  readonly log: string | undefined
}
