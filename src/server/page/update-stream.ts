/** One stream of server-sent events: what its reader already has, and the next update. */

import type { ServerResponse } from 'node:http'
import { announceHealth } from './health-announcement.ts'
import type { Snapshot } from './monitor-cache.ts'
import type { PageContent } from './page-content.ts'
import { NOTHING_SENT, type ReaderState, readerStateAt, readerStateOf, updateFor } from './update-diff.ts'

/** Reads the content of a page; undefined if it has not changed since revision `seen`. */
export type ReadContent = (snapshot: Snapshot, seen: number) => Promise<PageContent | undefined>

/** Which changes of health are announced. Default: those of all monitors, in all environments. */
export interface About {
  readonly monitorKey?: string | undefined
  readonly env?: string | undefined
}

export type StreamResponse = Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'on'>

export interface UpdateStream {
  readonly response: StreamResponse
  readonly source: ReadContent
  readonly about: About
  readonly canStillRead: () => boolean
  /** Like `stalledAt` on the monotonic clock, in milliseconds. */
  readonly openedAt: number
  /** When the reader stopped reading what was written; undefined while it reads. */
  stalledAt: number | undefined
  shown: ReaderState
  seen: number
  isBusy: boolean
  isOver: boolean
}

export function createUpdateStream(
  of: Pick<UpdateStream, 'response' | 'source' | 'about' | 'canStillRead'>,
  now: number,
): UpdateStream {
  return {
    ...of,
    openedAt: now,
    stalledAt: undefined,
    shown: NOTHING_SENT,
    seen: 0,
    isBusy: false,
    isOver: false,
  }
}

export function write(stream: UpdateStream, text: string, now: number): void {
  if (!stream.response.write(text)) stream.stalledAt ??= now
}

/** Continues from `revision`, the last one that the reader got. */
export async function resume(stream: UpdateStream, snapshot: Snapshot, revision: number): Promise<void> {
  stream.isBusy = true
  const view = await stream.source(snapshot, 0)
  if (view !== undefined) stream.shown = readerStateAt(view, revision, snapshot.revision)
  stream.seen = revision
  stream.isBusy = false
}

/** Writes what is new in the snapshot, unless the reader has not read the previous update yet. */
export async function deliver(
  stream: UpdateStream,
  snapshot: Snapshot,
  id: string,
  clock: () => number,
): Promise<void> {
  // Skips the update: the next one includes its changes, so that nothing piles up for a slow reader.
  if (stream.stalledAt !== undefined || stream.isBusy || snapshot.revision <= stream.seen) return
  stream.isBusy = true
  try {
    const view = await stream.source(snapshot, stream.seen)
    if (stream.isOver) return
    const news = snapshot.health.filter(
      ({ revision, key, env }) =>
        stream.seen > 0 &&
        revision > stream.seen &&
        (stream.about.monitorKey === undefined || stream.about.monitorKey === key) &&
        (stream.about.env === undefined || stream.about.env === env),
    )
    stream.seen = snapshot.revision
    if (view === undefined) return
    const update = updateFor(stream.shown, view, announceHealth(news))
    stream.shown = readerStateOf(view)
    if (update !== undefined) write(stream, `id: ${id}\ndata: ${JSON.stringify(update)}\n\n`, clock())
  } finally {
    stream.isBusy = false
  }
}
