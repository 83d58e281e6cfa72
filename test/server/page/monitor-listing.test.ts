import { expect, test } from 'vitest'
import type { MonitorState } from '../../../src/server/monitors/monitors.ts'
import { listing, listingSearch, PAGE_SIZE, parseListing } from '../../../src/server/page/monitor-listing.ts'
import { aMonitor, aMonitorIn, anEnvironment } from './support.ts'

function items(...monitors: readonly (readonly [key: string, state: MonitorState, ...envs: string[]])[]) {
  return monitors.map(([key, state, ...envs]) => ({ monitor: aMonitor(key, { state, envs }) }))
}

const query = (search = '') => parseListing(new URLSearchParams(search))
const keys = (found: { items: readonly { monitor: { key: string } }[] }) =>
  found.items.map(({ monitor }) => monitor.key)

const ALL = items(
  ['Alpha', 'running', 'prod'],
  ['backup-db', 'failing', 'prod'],
  ['backup-web', 'late', 'stage'],
  ['zeta', 'healthy', 'prod', 'stage'],
)

test('monitors with problems come first, the worst of them at the top, the others by key, whether they run or not', () => {
  const overrunning = items(['aa', 'healthy'], ['ab', 'overrunning'], ['ac', 'late'])
  expect(keys(listing(overrunning, query()))).toEqual(['ac', 'ab', 'aa'])
  expect(keys(listing(ALL, query()))).toEqual(['backup-db', 'backup-web', 'Alpha', 'zeta'])
})

test.each([
  ['q=BACKUP', ['backup-db', 'backup-web']],
  ['q=db+back', ['backup-db']],
  ['q=%20', ['backup-db', 'backup-web', 'Alpha', 'zeta']],
  ['state=running', ['Alpha']],
  ['env=stage', ['backup-web', 'zeta']],
  ['env=prod&state=healthy&q=e', ['zeta']],
  ['state=nonsense&env=*', ['backup-db', 'backup-web', 'Alpha', 'zeta']],
  ['q=.*', []],
])('%s finds %j', (search, found) => {
  expect(keys(listing(ALL, query(search)))).toEqual(found)
})

test('the counts by state are after the filters text and env', () => {
  const { counts } = listing(ALL, query('env=prod&state=failing'))
  expect(Object.fromEntries(counts)).toEqual({ running: 1, failing: 1, healthy: 1 })
})

test('a page beyond the end is the last page', () => {
  const many = items(...Array.from({ length: 250 }, (_, index) => [`m${1000 + index}`, 'healthy'] as const))
  expect(listing(many, query('page=2'))).toMatchObject({ page: 2, pages: 3, total: 250 })
  expect(keys(listing(many, query('page=2')))).toHaveLength(PAGE_SIZE)
  expect(keys(listing(many, query('page=999')))).toEqual(keys(listing(many, query('page=3'))))
  expect(listing([], query('page=7'))).toMatchObject({ page: 1, pages: 1, total: 0 })
})

const OVER_TWO = [
  {
    monitor: aMonitorIn('both', [anEnvironment('production', { isFailing: true }), anEnvironment('staging')]),
  },
  { monitor: aMonitorIn('nameless', [anEnvironment('', { isLate: true }), anEnvironment('staging')]) },
  { monitor: aMonitorIn('other', [anEnvironment('staging', { isFailing: true, isLate: true })]) },
]

test.each([
  ['', ['both', 'other', 'nameless'], { failing: 2, late: 2 }, 3],
  ['env=production', ['both'], { failing: 1 }, 1],
  ['env=staging', ['other', 'both', 'nameless'], { failing: 1, late: 1, healthy: 2 }, 1],
  ['env=', ['nameless'], { late: 1 }, 1],
])(
  '%j selects the monitors of an environment, and counts their states there',
  (search, found, states, bad) => {
    const result = listing(OVER_TWO, query(search))
    expect(keys(result)).toEqual(found)
    expect(Object.fromEntries(result.counts)).toEqual(states)
    expect(result).toMatchObject({ bad, inAnyState: found.length })
  },
)

test('a monitor that is failing and late is found as both', () => {
  expect(keys(listing(OVER_TWO, query('env=staging&state=late')))).toEqual(['other'])
  expect(keys(listing(OVER_TWO, query('env=staging&state=failing')))).toEqual(['other'])
  expect(keys(listing(OVER_TWO, query('state=late')))).toEqual(['other', 'nameless'])
})

test('a failing monitor with a run that takes too long is found as both', () => {
  const environment = anEnvironment('', { isFailing: true, isOverrunning: true })
  const both = [{ monitor: aMonitorIn('both', [environment]) }]
  expect(keys(listing(both, query('state=overrunning')))).toEqual(['both'])
  expect(keys(listing(both, query('state=failing')))).toEqual(['both'])
  const { counts, bad } = listing(both, query())
  expect([Object.fromEntries(counts), bad]).toEqual([{ failing: 1, overrunning: 1 }, 1])
})

test.each(['', '?q=a+b%26c', '?state=late&env=x%3Dy&page=3', '?env='])(
  'the query %j comes back as it was',
  search => {
    expect(listingSearch(query(search))).toBe(search)
  },
)
