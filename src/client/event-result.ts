/** The result of an event, and the steps that lead to it. */

import type { TelemetryEvent } from '../telemetry/event.ts'
import type { MessageShare } from './message-share.ts'

export type EventResult =
  | { readonly kind: 'delivered'; readonly event: TelemetryEvent }
  | {
      readonly kind: 'rejected'
      readonly event: TelemetryEvent
      readonly status: number
      readonly problem: string
      readonly likelyCause: string
      readonly tries: number
    }
  | {
      readonly kind: 'undelivered'
      readonly event: TelemetryEvent
      readonly lastProblem: string
      readonly tries: number
      /** The rest of its last `Retry-After`, in milliseconds. */
      readonly retryInMs?: number
    }

/** One step of a delivery. The last step of each event is its result. */
export type DeliveryReport =
  | EventResult
  /** `tryNumber` counts from 1. */
  | {
      readonly kind: 'trying'
      readonly event: TelemetryEvent
      readonly tryNumber: number
      readonly message: MessageShare
    }
  /** Within a try: an address of several was not reached. */
  | { readonly kind: 'next-address'; readonly event: TelemetryEvent; readonly problem: string }
  | {
      readonly kind: 'will-retry'
      readonly event: TelemetryEvent
      readonly delayMs: number
      readonly problem: string
    }
  | {
      readonly kind: 'shortened'
      readonly event: TelemetryEvent
      readonly message: MessageShare
      readonly problem: string
    }
