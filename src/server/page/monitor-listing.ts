/** Filters, sorts and paginates the monitors by the query of the page. */

import type { MonitorEnvironment, MonitorState } from '../monitors/monitors.ts'
import { chosenEnv } from './environment-choice.ts'

export interface ListingQuery {
  /** Words that must all be in the key, in any case. Empty: any key. */
  readonly text: string
  readonly state?: MonitorState
  /** Only monitors in this environment, in the state that they have there. '' for events without an environment. */
  readonly env?: string
  /** From 1. */
  readonly page: number
}

type ListedState = Pick<MonitorEnvironment, 'state' | 'isLate' | 'isOverrunning'>

/** What the listing reads of a monitor. */
export interface ListedMonitor extends ListedState {
  readonly key: string
  readonly environments: readonly (ListedState & Pick<MonitorEnvironment, 'env'>)[]
}

export interface Listing<Item extends { readonly monitor: ListedMonitor }> {
  readonly items: readonly Item[]
  /** On all pages. */
  readonly total: number
  readonly pages: number
  /** The page that is shown: the last one if the query asks for a page beyond it. */
  readonly page: number
  /** Monitors after the filters `text` and `env`, in any state. */
  readonly inAnyState: number
  /** The number of these that each state selects: a monitor that is failing and late counts as both. */
  readonly counts: ReadonlyMap<MonitorState, number>
  /** The number of these that are failing, late or overrunning. */
  readonly bad: number
}

/** In the order of the filter: states that need attention come first. */
export const MONITOR_STATES: readonly MonitorState[] = [
  'failing',
  'late',
  'overrunning',
  'running',
  'healthy',
  'quiet',
]

export const PAGE_SIZE = 100

const MAX_TEXT = 200

/** Ignores invalid parameters: an outdated link shows too much rather than nothing. */
export function parseListing(params: URLSearchParams): ListingQuery {
  const state = MONITOR_STATES.find(name => name === params.get('state'))
  const env = chosenEnv(params)
  const page = params.get('page') ?? ''
  return {
    text: (params.get('q') ?? '').slice(0, MAX_TEXT),
    ...(state !== undefined && { state }),
    ...(env !== undefined && { env }),
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

/** Failing monitors come first, then late and then overrunning ones. The others keep their place while they run. `sorted` is sorted by key. */
export function listing<Item extends { readonly monitor: ListedMonitor }>(
  sorted: readonly Item[],
  { text, state, env, page: wantedPage }: ListingQuery,
): Listing<Item> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const counts = new Map<MonitorState, number>()
  const order = {
    failing: [] as Item[],
    late: [] as Item[],
    overrunning: [] as Item[],
    others: [] as Item[],
  }
  let inAnyState = 0
  let bad = 0
  // One pass: there may be a hundred thousand monitors.
  for (const item of sorted) {
    const { monitor } = item
    const shown = shownState(monitor, env)
    if (shown === undefined || !hasWords(monitor.key, words)) continue
    inAnyState += 1
    count(counts, shown)
    const place = placeOf(shown.state)
    if (place !== 'others') bad += 1
    if (state === undefined || isSelected(shown, state)) order[place].push(item)
  }
  const all = [...order.failing, ...order.late, ...order.overrunning, ...order.others]
  const total = all.length
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE))
  const page = Math.min(wantedPage, pages)
  const [from, to] = [(page - 1) * PAGE_SIZE, page * PAGE_SIZE]
  return {
    items: all.slice(from, to),
    total,
    pages,
    page,
    inAnyState,
    counts,
    bad,
  }
}

function hasWords(key: string, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = key.toLowerCase()
  return words.every(word => text.includes(word))
}

function shownState(monitor: ListedMonitor, env: string | undefined): ListedState | undefined {
  return env === undefined ? monitor : monitor.environments.find(each => each.env === env)
}

function placeOf(state: MonitorState): 'failing' | 'late' | 'overrunning' | 'others' {
  return state === 'failing' || state === 'late' || state === 'overrunning' ? state : 'others'
}

function isSelected({ state, isLate, isOverrunning }: ListedState, wanted: MonitorState): boolean {
  return state === wanted || (wanted === 'late' && isLate) || (wanted === 'overrunning' && isOverrunning)
}

function count(counts: Map<MonitorState, number>, { state, isLate, isOverrunning }: ListedState): void {
  const add = (to: MonitorState) => counts.set(to, (counts.get(to) ?? 0) + 1)
  add(state)
  if (isLate && state !== 'late') add('late')
  if (isOverrunning && state !== 'overrunning') add('overrunning')
}
