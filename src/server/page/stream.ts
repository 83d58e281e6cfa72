/** One stream of server-sent events: what its reader has, and what is written to it. */

import type { ServerResponse } from 'node:http'
import { sayHealth } from './health-news.ts'
import type { LiveView } from './live-view.ts'
import type { Snapshot } from './monitor-cache.ts'
import { type Held, heldAt, heldWith, NOTHING, updateFor } from './update.ts'

/** The view of a page; undefined where nothing of it has changed since `seen` and it need not be looked at. */
export type Source = (snapshot: Snapshot, seen: number) => Promise<LiveView | undefined>

/** The part of a response that is used here. */
export type StreamResponse = Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'on'>

export interface Stream {
  readonly response: StreamResponse
  readonly source: Source
  /** The one monitor whose changes of health are said; undefined: all of them. */
  readonly about: string | undefined
  readonly mayStillRead: () => boolean
  /** By the monotonic clock, in milliseconds; so is `stalledAt`, since when the reader has not taken what was written. */
  readonly openedAt: number
  stalledAt: number | undefined
  held: Held
  seen: number
  isBusy: boolean
  isOver: boolean
}

export function newStream(
  of: Pick<Stream, 'response' | 'source' | 'about' | 'mayStillRead'>,
  now: number,
): Stream {
  return {
    ...of,
    openedAt: now,
    stalledAt: undefined,
    held: NOTHING,
    seen: 0,
    isBusy: false,
    isOver: false,
  }
}

export function write(stream: Stream, text: string, now: number): void {
  if (!stream.response.write(text)) stream.stalledAt ??= now
}

/** Takes what the reader got up to `revision` for what it has. */
export async function resume(stream: Stream, snapshot: Snapshot, revision: number): Promise<void> {
  stream.isBusy = true
  const view = await stream.source(snapshot, 0)
  if (view !== undefined) stream.held = heldAt(view, revision, snapshot.revision)
  stream.seen = revision
  stream.isBusy = false
}

/** Writes what is new in the snapshot. To a reader that has not taken the last of it nothing is written. */
export async function deliver(
  stream: Stream,
  snapshot: Snapshot,
  id: string,
  clock: () => number,
): Promise<void> {
  // What is missed now is in the next update: nothing piles up for a slow reader.
  if (stream.stalledAt !== undefined || stream.isBusy || snapshot.revision <= stream.seen) return
  stream.isBusy = true
  try {
    const view = await stream.source(snapshot, stream.seen)
    if (stream.isOver) return
    const news = snapshot.health.filter(
      ({ revision, key }) =>
        stream.seen > 0 && revision > stream.seen && (stream.about === undefined || stream.about === key),
    )
    stream.seen = snapshot.revision
    if (view === undefined) return
    const update = updateFor(stream.held, view, sayHealth(news))
    stream.held = heldWith(view)
    if (update !== undefined) write(stream, `id: ${id}\ndata: ${JSON.stringify(update)}\n\n`, clock())
  } finally {
    stream.isBusy = false
  }
}
