/** The telemetry event. Its fields are the parameters in the Telemetry API's description. */

export const STATES = ['run', 'complete', 'fail', 'ok'] as const

export type State = (typeof STATES)[number]

/** Sent as `name:value`. Names are `[A-Za-z0-9_-]{1,63}`; `count`, `duration` (seconds) and `error_count` are predefined. */
export interface Metric {
  readonly name: string
  readonly value: number
}

/** The text of an event before fit-message.ts cuts it to what a request can carry. */
export interface Message {
  /** The end of the output: cleaned, with keys redacted. */
  readonly output: string
  /** The length of the dropped output in front of it, in bytes. */
  readonly earlierBytes: number
  /** Why the job failed. Follows the output and is cut last. */
  readonly reason?: string
}

export interface TelemetryEvent {
  /** 1 to 128 characters without white space or control characters, not `.` or `..`. */
  readonly monitorKey: string
  readonly state: State
  readonly series?: string
  readonly host?: string
  readonly env?: string
  readonly statusCode?: number
  readonly metrics: readonly Metric[]
  readonly message?: Message
  /** When it happened, in seconds since 1970, if the original sender said so. Always sent then. */
  readonly stamp?: number
}

/** Where events are sent and with which key. The anonymous operation exists only for GET. */
export interface Destination {
  /** For example `https://cronitor.link`, without a trailing slash. */
  readonly baseUrl: string
  /** Further addresses of the same API, in the order in which they are tried if an earlier one is not reached. */
  readonly others?: readonly string[]
  readonly access: { readonly kind: 'key'; readonly apiKey: string } | { readonly kind: 'anonymous' }
  readonly method: Method
}

export const METHODS = ['GET', 'POST', 'HEAD'] as const

export type Method = (typeof METHODS)[number]
