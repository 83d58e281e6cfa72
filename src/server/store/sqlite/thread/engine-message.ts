/** What the main thread and the database's say to each other. */

import type { Engine } from '../engine.ts'

export type Call = {
  readonly [Name in keyof Engine]: {
    readonly id: number
    readonly name: Name
    readonly args: Parameters<Engine[Name]>
  }
}[keyof Engine]

export type Answer =
  /** The database is open. */
  | { readonly kind: 'ready' }
  /** It could not be opened; the message is that of a StoreError. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly code: string }

/** Either end of a channel: a worker, its parent's port, or a port of a MessageChannel. */
export interface Port {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown
}
