/** The content of a page in pieces, so that an update sends only the pieces that changed. */

import type { Monitor } from '../monitors/monitors.ts'
import type { Store } from '../store/store.ts'
import { inEnvText } from './environment-name.ts'
import { environmentTable } from './environment-table.ts'
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
  shownOf,
  timelineOrNot,
} from './monitor-page.ts'
import { type MonitorSearch, rowId } from './monitor-path.ts'
import { monitorRow } from './monitor-row.ts'
import { emptiness, heading, type Overview, overviewTitle, pager, stateFilter } from './overview.ts'
import { runRows } from './run-row.ts'
import { problemInWords } from './state-badge.ts'

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
  const { env } = query
  const monitors = await cache.details(found.items, env)
  const rows = found.items.flatMap(({ revision }, index) => {
    const monitor = monitors[index]
    // Not there any more, or not in this environment: its last run there was removed meanwhile.
    if (monitor === undefined || !isOnlyIn(monitor, env)) return []
    const row = () => monitorRow({ monitor, env }, wallClock())
    return [
      {
        id: rowId(monitor.key),
        version: env === undefined ? String(revision) : versionOf(monitor),
        revision,
        html: row,
        markup: () => render(row()),
      },
    ]
  })
  return {
    overview: { query, listing: found, known: snapshot.entries.length, envs: snapshot.envs, url, needsKey },
    rows,
  }
}

function isOnlyIn({ environments }: Monitor, env: string | undefined): boolean {
  return env === undefined || environments.every(each => each.env === env)
}

const versions = new WeakMap<Monitor, string>()

/** An event in another environment gives the entry a new revision, but changes nothing in the row. */
function versionOf(monitor: Monitor): string {
  const version = versions.get(monitor) ?? hash(JSON.stringify(monitor))
  versions.set(monitor, version)
  return version
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
      heading: markup(heading(query)),
      states: markup(stateFilter(query, overview.listing)),
      empty: markup(emptiness(overview)),
      pager: markup(pager(query, overview.listing)),
    },
    rows,
  }
}

/** Undefined if there is no such monitor. All environments are shown if it does not have this one. */
export async function readMonitor(
  key: string,
  { env: wantedEnv, before }: MonitorSearch,
  { store, wallClock }: ContentContext,
): Promise<MonitorPage | undefined> {
  const [monitor] = await store.monitors({ key, recent: 0 })
  if (monitor === undefined) return undefined
  const env = monitor.environments.find(each => each.env === wantedEnv)?.env
  const runs = await store.runs({
    monitorKey: key,
    limit: RUNS_IN_TIMELINE,
    ...(env !== undefined && { env }),
    ...(before !== undefined && { before }),
  })
  return { monitor, env, runs, before, now: wallClock() }
}

/** `revision`: the one of the monitor's entry in the cache. */
export function monitorContent(page: MonitorPage, revision: number): PageContent {
  return {
    title: monitorTitle(page),
    parts: {
      facts: markup(facts(page)),
      environments: markup(environmentTable(page.monitor, page.env, page.now)),
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

export function monitorTitle(page: Pick<MonitorPage, 'monitor' | 'env'>): string {
  const name = `${page.monitor.key}${inEnvText(page.env)}`
  const problem = problemInWords(shownOf(page))
  return `${problem === undefined ? name : `(!) ${name}: ${problem}`} · Monitors`
}

function markup(value: Html | false): string {
  return value === false ? '' : render(value)
}
