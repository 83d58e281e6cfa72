/** Computes the update for a page: the pieces that have changed since its reader last got them. */

import { printableLines } from '../../system/printable.ts'
import { hash } from './hash.ts'
import type { PageContent } from './page-content.ts'
import type { Update } from './update-message.ts'

/** What a reader's page shows, as hashes and versions of its pieces. */
export interface ReaderState {
  readonly title: string
  readonly parts: ReadonlyMap<string, string>
  readonly order: string
  readonly rows: ReadonlyMap<string, string>
}

export const NOTHING_SENT: ReaderState = { title: '', parts: new Map(), order: '', rows: new Map() }

/** The state of a reader who got the page at `revision`. Only rows that have not changed since are known. */
export function readerStateAt(view: PageContent, revision: number, current: number): ReaderState {
  if (revision === current) return readerStateOf(view)
  const rows = view.rows.filter(row => row.revision <= revision)
  return { ...NOTHING_SENT, rows: new Map(rows.map(({ id, version }) => [id, version])) }
}

export function readerStateOf(view: PageContent): ReaderState {
  return {
    title: view.title,
    parts: new Map(Object.entries(view.parts).map(([name, markup]) => [name, hash(markup)])),
    order: orderOf(view),
    rows: new Map(view.rows.map(({ id, version }) => [id, version])),
  }
}

/** Undefined if nothing has changed. */
export function updateFor(shown: ReaderState, view: PageContent, say?: string): Update | undefined {
  const now = readerStateOf(view)
  const parts = Object.entries(view.parts).filter(([name]) => shown.parts.get(name) !== now.parts.get(name))
  const rows = view.rows.filter(row => shown.rows.get(row.id) !== row.version)
  const isOrdered = shown.order === now.order
  if (
    parts.length === 0 &&
    rows.length === 0 &&
    isOrdered &&
    shown.title === now.title &&
    say === undefined
  ) {
    return undefined
  }
  return {
    title: printableLines(view.title),
    parts,
    rows: rows.map(({ id, markup }) => [id, markup()]),
    ...(!isOrdered && { order: view.rows.map(({ id }) => id) }),
    ...(say !== undefined && { say: printableLines(say) }),
  }
}

function orderOf(view: PageContent): string {
  return hash(JSON.stringify(view.rows.map(({ id }) => id)))
}
