/** Filters, sorts and paginates the monitors by the query of the page. */

import type { Monitor, MonitorState } from '../monitors/monitors.ts'

export interface ListingQuery {
  /** Words that must all be in the key, in any case. Empty: any key. */
  readonly text: string
  readonly state?: MonitorState
  readonly env?: string
  /** From 1. */
  readonly page: number
}

export interface Listing<Item extends { readonly monitor: Monitor }> {
  readonly items: readonly Item[]
  /** On all pages. */
  readonly total: number
  readonly pages: number
  /** The page that is shown: the last one if the query asks for a page beyond it. */
  readonly page: number
  /** Monitors by state, after the filters `text` and `env`. */
  readonly counts: ReadonlyMap<MonitorState, number>
}

/** In the order of the filter: states that need attention come first. */
export const MONITOR_STATES: readonly MonitorState[] = ['late', 'failing', 'running', 'healthy', 'quiet']

export const PAGE_SIZE = 100

const MAX_TEXT = 200

/** Ignores invalid parameters: an outdated link shows too much rather than nothing. */
export function parseListing(params: URLSearchParams): ListingQuery {
  const state = MONITOR_STATES.find(name => name === params.get('state'))
  const env = params.get('env')
  const page = params.get('page') ?? ''
  return {
    text: (params.get('q') ?? '').slice(0, MAX_TEXT),
    ...(state !== undefined && { state }),
    ...(env && { env }),
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
  }
}

/** The query for a link, with its `?`; empty if it has no parameters. */
export function listingSearch({ text, state, env, page }: ListingQuery): string {
  const params = new URLSearchParams()
  if (text !== '') params.set('q', text)
  if (state !== undefined) params.set('state', state)
  if (env !== undefined) params.set('env', env)
  if (page > 1) params.set('page', String(page))
  const search = params.toString()
  return search === '' ? '' : `?${search}`
}

/** Late and failing monitors come first. The others keep their place while they run. `sorted` is sorted by key. */
export function listing<Item extends { readonly monitor: Monitor }>(
  sorted: readonly Item[],
  query: ListingQuery,
): Listing<Item> {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = sorted.filter(({ monitor }) => {
    if (query.env !== undefined && !monitor.envs.includes(query.env)) return false
    const key = monitor.key.toLowerCase()
    return words.every(word => key.includes(word))
  })
  const counts = new Map<MonitorState, number>()
  for (const { monitor } of found) counts.set(monitor.state, (counts.get(monitor.state) ?? 0) + 1)

  const chosen =
    query.state === undefined ? found : found.filter(({ monitor }) => monitor.state === query.state)
  const inOrder = [
    ...chosen.filter(({ monitor }) => monitor.state === 'late'),
    ...chosen.filter(({ monitor }) => monitor.state === 'failing'),
    ...chosen.filter(({ monitor }) => monitor.state !== 'late' && monitor.state !== 'failing'),
  ]
  const pages = Math.max(1, Math.ceil(inOrder.length / PAGE_SIZE))
  const page = Math.min(query.page, pages)
  return {
    items: inOrder.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE),
    total: inOrder.length,
    pages,
    page,
    counts,
  }
}
