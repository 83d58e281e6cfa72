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
  readonly log: string | undefined
}
