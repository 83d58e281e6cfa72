/** The content of a page in pieces, so that an update sends only the pieces that changed. */

import type { Store } from '../store/store.ts'
import { hash } from './hash.ts'
import { type Html, render } from './html.ts'
import type { MonitorCache, Snapshot } from './monitor-cache.ts'
import { type ListingQuery, listing } from './monitor-listing.ts'
import {
  facts,
  type MonitorPage,
  noRuns,
  RUNS_A_PAGE,
  RUNS_IN_TIMELINE,
  runPager,
  timelineOrNot,
} from './monitor-page.ts'
import { rowId } from './monitor-path.ts'
import { monitorRow } from './monitor-row.ts'
import { emptiness, type Overview, overviewTitle, pager, stateFilter } from './overview.ts'
import { runRows } from './run-row.ts'

export interface ContentRow {
  readonly id: string
  /** Rows with equal versions look the same. */
  readonly version: string
  /** The revision of the cache in which this version appeared. */
  readonly revision: number
  readonly markup: () => string
}

export interface PageContent {
  readonly title: string
  /** By the names in the attribute data-part. */
  readonly parts: Readonly<Record<string, string>>
  readonly rows: readonly ContentRow[]
}

/** What is needed to read the content of a page. */
export interface ContentContext {
  readonly store: Store
  readonly cache: MonitorCache
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** True if the server accepts only known API keys. */
  readonly needsKey: boolean
}

/** What the overview shows of a snapshot. */
export async function readOverview(
  snapshot: Snapshot,
  query: ListingQuery,
  url: string,
  { cache, wallClock, needsKey }: ContentContext,
): Promise<{ overview: Omit<Overview, 'rows'>; rows: readonly (ContentRow & { html: () => Html })[] }> {
  const found = listing(snapshot.entries, query)
  const rows = await Promise.all(
    found.items.map(async entry => {
      const monitor = await cache.detail(entry)
      const row = () => monitorRow(monitor, wallClock())
      return {
        id: rowId(monitor.key),
        version: String(entry.revision),
        revision: entry.revision,
        html: row,
        markup: () => render(row()),
      }
    }),
  )
  return {
    overview: { query, listing: found, known: snapshot.entries.length, envs: snapshot.envs, url, needsKey },
    rows,
  }
}

export async function overviewContent(
  snapshot: Snapshot,
  query: ListingQuery,
  url: string,
  context: ContentContext,
): Promise<PageContent> {
  const { overview, rows } = await readOverview(snapshot, query, url, context)
  return {
    title: overviewTitle(overview),
    parts: {
      states: markup(stateFilter(query, overview.listing)),
      empty: markup(emptiness(overview)),
      pager: markup(pager(query, overview.listing)),
    },
    rows,
  }
}

/** Undefined if there is no such monitor. `before`: only runs with a smaller id. */
export async function readMonitor(
  key: string,
  before: number | undefined,
  { store, wallClock }: ContentContext,
): Promise<MonitorPage | undefined> {
  const [[monitor], runs] = await Promise.all([
    store.monitors({ key, recent: 1 }),
    store.runs({ monitorKey: key, limit: RUNS_IN_TIMELINE, ...(before !== undefined && { before }) }),
  ])
  return monitor && { monitor, runs, before, now: wallClock() }
}

/** `revision`: the one of the monitor's entry in the cache. */
export function monitorContent(page: MonitorPage, revision: number): PageContent {
  return {
    title: monitorTitle(page),
    parts: {
      facts: markup(facts(page)),
      timeline: markup(timelineOrNot(page)),
      empty: markup(noRuns(page)),
      pager: markup(runPager(page)),
    },
    rows: page.runs.slice(0, RUNS_A_PAGE).map(run => ({
      id: `run-${run.id}`,
      version: hash(JSON.stringify(run)),
      revision,
      markup: () => render(runRows(run, page.now)),
    })),
  }
}

export function monitorTitle({ monitor }: Pick<MonitorPage, 'monitor'>): string {
  const isBad = monitor.state === 'late' || monitor.state === 'failing'
  return `${isBad ? '(!) ' : ''}${monitor.key} · Monitors`
}

function markup(value: Html | false): string {
  return value === false ? '' : render(value)
}
