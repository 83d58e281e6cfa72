/** What a command was told by flags, environment and files, in the form that the commands use. */

import type { Method } from '../telemetry/event.ts'

export interface Settings {
  /** The key that events are sent with: the ping API key where there is one, else the API key. */
  readonly key: string | undefined
  /** Each key that is known here, to be redacted from all that is sent or written. */
  readonly secrets: readonly string[]
  readonly anonymous: boolean
  readonly env: string | undefined
  readonly hostname: string
  /** Base of the Telemetry API, without a trailing slash. */
  readonly url: string
  readonly method: Method
  /** How long the wrapper stays for its events once the job has ended, in milliseconds. */
  readonly deliverWithinMs: number
  /** Whether events that were not delivered are kept. */
  readonly spool: boolean
  /** The folder that they are kept in, an absolute path; undefined where the user has no home and named no folder. */
  readonly spoolDir: string | undefined
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
