/** The messages between the main thread and a thread of the database. */

export interface Call {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

export type Reply =
  /** The database is open; `calls` are the names of the functions. */
  | { readonly kind: 'ready'; readonly calls: readonly string[] }
  /** The database could not be opened; the message is that of a StoreError. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  /** A result with objects as JSON, which takes half the time of a structured clone. They have only JSON's values. */
  | { readonly kind: 'done-as-json'; readonly id: number; readonly json: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly code: string }

/** Either end of a channel: a worker, its parent's port, or a port of a MessageChannel. */
export interface Port {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown
}

/** What a thread of the database is for. */
export interface ThreadData {
  readonly dataDir: string
  /** `engine` for all calls, `reader` for those of read-calls.ts on a connection that cannot write. */
  readonly part: 'engine' | 'reader'
  /** As in engine.ts. */
  readonly maxMonitors?: number | undefined
}
