/** The messages between the main thread and the database's thread. */

import type { Engine } from '../engine.ts'

export interface EngineCall {
  readonly id: number
  readonly name: keyof Engine
  readonly args: readonly unknown[]
}

export type EngineReply =
  /** The database is open; `calls` are the names of the engine's functions. */
  | { readonly kind: 'ready'; readonly calls: readonly (keyof Engine)[] }
  /** The database could not be opened; the message is that of a StoreError. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly code: string }

/** Either end of a channel: a worker, its parent's port, or a port of a MessageChannel. */
export interface Port {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown
}
