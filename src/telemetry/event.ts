/** What is said about a job: the shape of a telemetry event, as the Telemetry API's description names its parameters. */

export const STATES = ['run', 'complete', 'fail', 'ok'] as const

export type State = (typeof STATES)[number]

/** `name:value` on the wire. Names are `[A-Za-z0-9_-]{1,63}`; `count`, `duration` (seconds) and `error_count` are built in. */
export interface Metric {
  readonly name: string
  readonly value: number
}

/**
 * The text of an event before it is cut to what a request can carry.
 *
 * `output` is text already (cleaned, keys redacted), a suffix of all that was printed; `earlierBytes` counts the
 * bytes of output in front of it that were let go. `reason` stands behind the output and is cut last.
 */
export interface Message {
  readonly output: string
  readonly earlierBytes: number
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
  /** When it happened, in seconds since 1970, where its sender says so itself: it is then sent, whenever that is. */
  readonly stamp?: number
}

/** Where events go and as whom. Without a key the anonymous operation is used, which the API declares for GET alone. */
export interface Destination {
  /** `https://cronitor.link` or another base, without a trailing slash. */
  readonly baseUrl: string
  readonly access: { readonly kind: 'key'; readonly apiKey: string } | { readonly kind: 'anonymous' }
  readonly method: Method
}

export const METHODS = ['GET', 'POST', 'HEAD'] as const

export type Method = (typeof METHODS)[number]
