/** The outcome for the events of a run or a ping. `reason` says in one line why an event was not accepted. */

export type SendOutcome =
  /** The API has accepted all of them. */
  | { readonly kind: 'delivered' }
  /** The API has refused at least one, and accepted the others. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The events that were not delivered are in the queue. `tries`: how many times they were sent in vain. */
  | { readonly kind: 'queued'; readonly tries: number; readonly reason: string }
  /** The events that were not delivered are in the run's record; the first `queued` of them are also in the queue. */
  | { readonly kind: 'recorded'; readonly queued: number; readonly reason: string }
  /** Of those that were not delivered, the first `queued` are in the queue, and the others are lost. */
  | { readonly kind: 'lost'; readonly queued: number; readonly reason: string }

/** For a command that has no API key, and so has sent nothing. */
export interface NoKeyOutcome {
  readonly kind: 'no-key'
}

/** True if the spool holds an event that is still to be delivered. */
export function isWaiting(outcome: SendOutcome): boolean {
  switch (outcome.kind) {
    case 'delivered':
    case 'rejected':
      return false
    case 'queued':
    case 'recorded':
      return true
    case 'lost':
      return outcome.queued > 0
    default:
      return outcome satisfies never
  }
}

/** True if an event is not delivered: a warning has said so. */
export function isUndelivered({ kind }: Pick<SendOutcome, 'kind'>): boolean {
  return kind !== 'delivered' && kind !== 'rejected'
}
