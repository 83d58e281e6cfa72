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

type ListedState = Pick<MonitorEnvironment, 'state' | 'isLate'>

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
  /** The number of these that are failing, late or both. */
  readonly bad: number
}

/** In the order of the filter: states that need attention come first. */
export const MONITOR_STATES: readonly MonitorState[] = ['failing', 'late', 'running', 'healthy', 'quiet']

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

/** Failing and then late monitors come first. The others keep their place while they run. `sorted` is sorted by key. */
export function listing<Item extends { readonly monitor: ListedMonitor }>(
  sorted: readonly Item[],
  { text, state, env, page: wantedPage }: ListingQuery,
): Listing<Item> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = sorted.flatMap(item => {
    const key = item.monitor.key.toLowerCase()
    const shown = shownState(item.monitor, env)
    return shown !== undefined && words.every(word => key.includes(word)) ? [{ item, shown }] : []
  })
  const isFailing = ({ shown }: { shown: ListedState }) => shown.state === 'failing'
  const isLate = ({ shown }: { shown: ListedState }) => shown.state === 'late'
  const isBad = (each: { shown: ListedState }) => isFailing(each) || isLate(each)

  const chosen = state === undefined ? found : found.filter(({ shown }) => isSelected(shown, state))
  const inOrder = [
    ...chosen.filter(isFailing),
    ...chosen.filter(isLate),
    ...chosen.filter(each => !isBad(each)),
  ]
  const pages = Math.max(1, Math.ceil(inOrder.length / PAGE_SIZE))
  const page = Math.min(wantedPage, pages)
  return {
    items: inOrder.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(({ item }) => item),
    total: inOrder.length,
    pages,
    page,
    inAnyState: found.length,
    counts: countsOf(found.map(({ shown }) => shown)),
    bad: found.filter(isBad).length,
  }
}

function shownState(monitor: ListedMonitor, env: string | undefined): ListedState | undefined {
  return env === undefined ? monitor : monitor.environments.find(each => each.env === env)
}

function isSelected({ state, isLate }: ListedState, wanted: MonitorState): boolean {
  return state === wanted || (wanted === 'late' && isLate)
}

function countsOf(shown: readonly ListedState[]): ReadonlyMap<MonitorState, number> {
  const counts = new Map<MonitorState, number>()
  const add = (state: MonitorState) => counts.set(state, (counts.get(state) ?? 0) + 1)
  for (const { state, isLate } of shown) {
    add(state)
    if (isLate && state !== 'late') add('late')
  }
  return counts
}
