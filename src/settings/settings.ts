/** What a command was told by flags, environment and files, in the form that the commands use. */

import type { Method } from '../telemetry/event.ts'

/** Where the Telemetry API is. An address that cannot be used is never replaced by another one. */
export type TelemetryUrl =
  | {
      readonly kind: 'usable'
      /** Without a trailing slash. */
      readonly base: string
      /** Is it the one that is used if none is set? */
      readonly isBuiltIn: boolean
    }
  /** `problem`: one line that names the setting and shows its value, without user name, password and query. */
  | { readonly kind: 'unusable'; readonly problem: string }

export interface Settings {
  /** The key that events are sent with: the ping API key where there is one, else the API key. */
  readonly key: string | undefined
  /** The file that it came from, unless that is a pipe. */
  readonly keyFile: string | undefined
  /** There is no key, and a warning says already what was wrong with what was set. */
  readonly isKeyTold: boolean
  /** Each key that is known here, to be redacted from all that is sent or written. */
  readonly secrets: readonly string[]
  readonly anonymous: boolean
  readonly env: string | undefined
  readonly hostname: string
  readonly url: TelemetryUrl
  readonly method: Method
  /** How long the wrapper stays for its events once the job has ended, in milliseconds. */
  readonly deliverWithinMs: number
  /** Whether events that were not delivered are kept. */
  readonly spool: boolean
  /** The folder that they are kept in, an absolute path; undefined where the user has no home and named no folder. */
  readonly spoolDir: string | undefined
  /** Was it named by a flag or the environment, so that its place is this user's own choice? */
  readonly isSpoolDirNamed: boolean
  /** How long they are kept, in milliseconds. */
  readonly spoolMaxAgeMs: number
  /** How much of them is kept, in bytes. */
  readonly spoolMaxBytes: number
  /** Whether a background process may be started that delivers them. */
  readonly courier: boolean
  /** Whether an event that is delivered late says when it happened. */
  readonly stamp: boolean
  readonly log: string | undefined
}
