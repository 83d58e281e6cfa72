/** UpdateStreams of server-sent events: keeps open pages up to date, however many events come in. */

import type { MonitorCache, Snapshot } from './monitor-cache.ts'
import {
  createUpdateStream,
  deliver,
  type ReadContent,
  resume,
  type StreamResponse,
  type UpdateStream,
  write,
} from './update-stream.ts'

export interface UpdateStreams {
  /** Are there as many as there may be, or does the server end? */
  readonly isFull: () => boolean
  readonly open: (response: StreamResponse, source: ReadContent, reader: StreamReader) => void
  /** The id of what a page shows that was made of this snapshot. */
  readonly idOf: (snapshot: Snapshot) => string
  readonly size: () => number
}

export interface StreamReader {
  /** Of what it got last. */
  readonly lastId?: string | undefined
  /** The one monitor whose changes of health it is told of. */
  readonly about?: string | undefined
  /** Asked before each update: where it may not, the stream ends. */
  readonly canStillRead?: () => boolean
}

export interface UpdateStreamsOptions {
  readonly cache: MonitorCache
  readonly closing: AbortSignal
  /** Tells the ids of this process from those of the one before it. */
  readonly boot: string
  /** The monotonic clock, in milliseconds. */
  readonly clock?: () => number
}

export const MAX_STREAMS = 100

/** At most 4 updates a second, and less often where they are dear: nine tenths of the time are for other work. */
export const MIN_PACE_MS = 250
const MAX_PACE_MS = 5_000
const COST_FACTOR = 10

export const HEARTBEAT_MS = 15_000
/** A reader that has taken nothing for this long is dropped; it connects anew when it is back. */
export const STALL_MS = 30_000
/** Then the browser connects anew, and it is asked again whether it may. */
export const MAX_STREAM_AGE_MS = 300_000

const RETRY_MS = 1_000

export function createUpdateStreams({
  cache,
  closing,
  boot,
  clock = () => performance.now(),
}: UpdateStreamsOptions): UpdateStreams {
  const streams = new Set<UpdateStream>()
  let timer: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let isTicking = false
  let pace = MIN_PACE_MS

  const idOf = ({ revision }: Snapshot) => `${boot}.${revision}`
  const forget = (stream: UpdateStream) => {
    stream.isOver = true
    streams.delete(stream)
    if (streams.size > 0) return
    clearTimeout(timer)
    clearInterval(heartbeat)
    timer = heartbeat = undefined
  }
  const tick = async () => {
    const before = clock()
    isTicking = true
    try {
      const snapshot = await cache.read()
      for (const stream of streams) {
        if (stream.canStillRead()) await deliver(stream, snapshot, idOf(snapshot), clock)
        else stream.response.end()
      }
      pace = Math.min(MAX_PACE_MS, Math.max(MIN_PACE_MS, (clock() - before) * COST_FACTOR))
    } catch {
      // The store could not be read; it says so itself. The readers keep what they have.
      pace = MAX_PACE_MS
    } finally {
      isTicking = false
      if (cache.isBehind()) schedule()
    }
  }
  const schedule = () => {
    if (timer !== undefined || isTicking || streams.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      void tick()
    }, pace)
  }
  cache.onNews(schedule)

  const beat = () => {
    const now = clock()
    for (const stream of streams) {
      if (stream.stalledAt !== undefined) {
        if (now - stream.stalledAt >= STALL_MS) stream.response.destroy()
      } else if (now - stream.openedAt >= MAX_STREAM_AGE_MS) {
        stream.response.end()
      } else {
        write(stream, ':\n\n', now)
      }
    }
    // For what comes without news, such as other expectations.
    schedule()
  }

  closing.addEventListener('abort', () => {
    for (const stream of streams) stream.response.end()
  })

  return {
    idOf,
    isFull: () => streams.size >= MAX_STREAMS || closing.aborted,
    size: () => streams.size,
    open: (response, source, { lastId, about, canStillRead = () => true }) => {
      const stream = createUpdateStream({ response, source, about, canStillRead }, clock())
      streams.add(stream)
      heartbeat ??= setInterval(beat, HEARTBEAT_MS)
      response.on('close', () => forget(stream))
      response.on('error', () => forget(stream))
      response.on('drain', () => {
        stream.stalledAt = undefined
        if (!closing.aborted) schedule()
      })
      write(stream, `retry: ${RETRY_MS}\n\n`, clock())
      void begin(stream, revisionOf(lastId, boot)).catch(() => response.destroy())
    },
  }

  /** What the reader has already is not sent again. */
  async function begin(stream: UpdateStream, revision: number): Promise<void> {
    const snapshot = await cache.read()
    if (revision > 0 && revision <= snapshot.revision) await resume(stream, snapshot, revision)
    await deliver(stream, snapshot, idOf(snapshot), clock)
  }
}

function revisionOf(id: string | undefined, boot: string): number {
  const [of, revision = ''] = (id ?? '').split('.')
  return of === boot && /^\d{1,15}$/.test(revision) ? Number(revision) : 0
}
