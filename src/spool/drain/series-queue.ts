/** The waiting events of each series, in memory: their names, up to a number, in the order in which they must arrive. */

import { type DeliveryScope, isInScope } from '../delivery-scope.ts'
import type { EventFileName } from '../event-file-name.ts'
import { oldestEvents } from '../list-events.ts'
import type { Spool } from '../spool.ts'

export interface SeriesQueue {
  readonly id: string
  /** Oldest first. Only the first one may be sent. */
  readonly files: EventFileName[]
  /** True while the first one is being sent. */
  isSending: boolean
  /** Attempts in a row that have failed. */
  failures: number
  /** No attempt starts before this: monotonic time in milliseconds. */
  notBefore: number
}

/** By `SeriesQueue.id`, in the order in which they are considered. */
export type SeriesQueues = Map<string, SeriesQueue>

/** At most this many names are in memory, however many events wait. */
const BATCH_SIZE = 5000

export interface QueueSource {
  readonly queues: SeriesQueues
  readonly tools: DeliveryScope & { readonly spool: Spool }
  /** Series that cannot be sent. */
  readonly skippedSeries: ReadonlySet<string>
  readonly signal: AbortSignal
}

/**
 * Empties the queues, and fills them from the disk, oldest first. A series that has failed keeps its failures and its wait.
 *
 * @throws the system's error
 */
export async function refillQueues(source: QueueSource): Promise<void> {
  const previous = new Map(source.queues)
  source.queues.clear()
  await queueNewEvents(source, previous)
}

/** Appends the events on disk that the queues do not hold yet. @throws the system's error */
export async function queueNewEvents(
  { queues, tools, skippedSeries, signal }: QueueSource,
  previous: ReadonlyMap<string, SeriesQueue> = new Map(),
): Promise<void> {
  const isWanted = (name: EventFileName) => isInScope(name, tools) && !skippedSeries.has(name.seriesId)
  const names = await oldestEvents(tools.spool, 'queue', isWanted, BATCH_SIZE, () => signal.aborted)
  const known = new Set([...queues.values()].flatMap(({ files }) => files.map(({ file }) => file)))
  for (const name of names) {
    if (known.has(name.file)) continue
    let queue = queues.get(name.seriesId)
    if (queue === undefined) {
      const { failures = 0, notBefore = 0 } = previous.get(name.seriesId) ?? {}
      queue = { id: name.seriesId, files: [], isSending: false, failures, notBefore }
      queues.set(queue.id, queue)
    }
    queue.files.push(name)
  }
}

/**
 * Ends an attempt, and moves the series behind the others: their events are older than its next one, or about as old.
 */
export function requeue(queues: SeriesQueues, queue: SeriesQueue): void {
  queue.isSending = false
  queues.delete(queue.id)
  if (queue.files.length > 0) queues.set(queue.id, queue)
}
