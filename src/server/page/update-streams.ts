/** Keeps open pages up to date by server-sent events, at a pace that does not depend on the number of events. */

import type { MonitorCache, Snapshot } from './monitor-cache.ts'
import {
  type About,
  createUpdateStream,
  deliver,
  type ReadContent,
  resume,
  type StreamResponse,
  type UpdateStream,
  write,
} from './update-stream.ts'

export interface UpdateStreams {
  /** True if there are MAX_STREAMS, or if the server is ending. */
  readonly isFull: () => boolean
  readonly open: (response: StreamResponse, source: ReadContent, reader: StreamReader) => void
  /** The id of a snapshot. A page that was made from it opens its stream with this id. */
  readonly idOf: (snapshot: Snapshot) => string
  readonly size: () => number
}

export interface StreamReader {
  /** The id of the last update or page that the reader got. */
  readonly lastId?: string | undefined
  readonly about?: About
  /** Called before each update. If it returns false, the stream ends. */
  readonly canStillRead?: () => boolean
}

export interface UpdateStreamsOptions {
  readonly cache: MonitorCache
  readonly closing: AbortSignal
  /** Distinguishes the ids of this process from those of the previous one. */
  readonly boot: string
  /** The monotonic clock, in milliseconds. */
  readonly clock?: () => number
}

export const MAX_STREAMS = 100

/** At most 4 updates a second, and fewer if they take long: at most a tenth of the time is spent on them. */
export const MIN_PACE_MS = 250
const MAX_PACE_MS = 5_000
const COST_FACTOR = 10

export const HEARTBEAT_MS = 15_000
/** A connection whose reader has read nothing for this long is closed. The browser reconnects later. */
export const STALL_MS = 30_000
/** After this the stream ends. The browser reconnects, and its access is checked again. */
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
        // Events are answered between two updates.
        await new Promise(resolve => setImmediate(resolve))
      }
      pace = Math.min(MAX_PACE_MS, Math.max(MIN_PACE_MS, (clock() - before) * COST_FACTOR))
    } catch {
      // The store cannot be read. It reports that itself, and the pages stay as they are.
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
    // For changes that come without news, such as changed expectations.
    schedule()
  }

  closing.addEventListener('abort', () => {
    for (const stream of streams) stream.response.end()
  })

  return {
    idOf,
    isFull: () => streams.size >= MAX_STREAMS || closing.aborted,
    size: () => streams.size,
    open: (response, source, { lastId, about = {}, canStillRead = () => true }) => {
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

  /** Sends only what the reader does not have yet. */
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
