import { expect, test } from 'vitest'
import { scheduleInWords } from '../../../src/server/monitors/describe-rule.ts'
import { render } from '../../../src/server/page/html.ts'
import { type MonitorPage, monitorMain } from '../../../src/server/page/monitor-page.ts'
import { monitorContent, monitorTitle } from '../../../src/server/page/page-content.ts'
import { every } from '../store/support.ts'
import { aMonitorIn, anEnvironment, aRun, NOW } from './support.ts'

const HOUR = 3_600_000

const PRODUCTION = anEnvironment('production', {
  isFailing: true,
  isLate: true,
  since: NOW - 2 * HOUR,
  lastSuccessAt: NOW - 50 * HOUR,
  rule: every(25 * HOUR),
  nextDueAt: NOW - 25 * HOUR,
})
const STAGING = anEnvironment('staging', { since: NOW - 9 * HOUR, lastSuccessAt: NOW - 60_000 })
const NAMELESS = anEnvironment('')

function aPage(rest: Partial<MonitorPage> = {}): MonitorPage {
  const monitor = aMonitorIn('job', [NAMELESS, PRODUCTION, STAGING])
  return { monitor, env: undefined, runs: [], before: undefined, now: NOW, ...rest }
}

/** Without what phones show instead of hidden columns. */
const text = (markup = '') =>
  markup
    .replace(/<span class="narrow">.*?<\/span>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d| [\w/]+)/g, '')

test('several environments are listed with their states, times and expectations, and links to their runs', () => {
  const { environments = '' } = monitorContent(aPage(), 1).parts
  expect(text(environments)).toContain('Failing Late production 2 h ago 2 d ago every 25 h 25 h ago')
  expect(text(environments)).toContain('Healthy staging 9 h ago 1 min ago – –')
  expect(text(environments)).toContain('Healthy no environment – none yet – –')
  for (const env of ['', 'production', 'staging']) {
    expect(environments).toContain(`href="/monitors/job?env=${env}"`)
  }
  expect(environments).not.toContain('aria-current')
})

test('one environment is not listed: the page is about it', () => {
  for (const only of [NAMELESS, STAGING]) {
    const { environments, facts } = monitorContent(aPage({ monitor: aMonitorIn('job', [only]) }), 1).parts
    expect(environments).toBe('')
    expect(text(facts)).toContain('Last success')
    expect(text(facts).includes('Environment staging')).toBe(only === STAGING)
  }
})

test('the whole is failing and late, and has no last success, which would be that of another environment', () => {
  const { facts } = monitorContent(aPage(), 1).parts
  expect(text(facts)).toMatch(/^ State Failing Late Since 2 h ago $/)
})

test('a chosen environment has its own facts, and is marked in the list', () => {
  const { facts, environments } = monitorContent(aPage({ env: 'staging' }), 1).parts
  expect(text(facts)).toBe(' State Healthy Since 9 h ago Last success 1 min ago ')
  expect(environments).toContain('href="/monitors/job?env=staging" aria-current="true"')
  const main = render(monitorMain(aPage({ env: 'staging' })))
  expect(text(main)).toContain('Monitors in staging / job / job in staging')
  expect(main).toContain('href="/?env=staging"')
  expect(main).toContain('href="/monitors/job"')
})

test.each([
  [undefined, '(!) job: failing and late · Monitors'],
  ['production', '(!) job in production: failing and late · Monitors'],
  ['staging', 'job in staging · Monitors'],
  ['', 'job without an environment · Monitors'],
])('the title with the environment %j is %j', (env, title) => {
  expect(monitorTitle(aPage({ env }))).toBe(title)
})

test('without runs the page says of which environment there are none', () => {
  expect(text(monitorContent(aPage({ env: 'staging' }), 1).parts.empty)).toBe(
    ' The server has received no run of this monitor in staging yet. ',
  )
})

test('the pages of older runs keep to the environment', () => {
  const runs = Array.from({ length: 60 }, (_, index) => aRun(100 - index, { env: 'staging' }))
  const { pager } = monitorContent(aPage({ env: 'staging', runs, before: 101 }), 1).parts
  expect(pager).toContain('href="/monitors/job?env=staging"')
  expect(pager).toContain('href="/monitors/job?env=staging&amp;before=51"')
})

const NIGHTLY = {
  schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'Asia/Tokyo' },
  graceMs: HOUR / 2,
  maxMs: 2 * HOUR,
  failures: 2,
} as const

test('a rule is shown in words, with the time at which it is due next, in its zone and without the grace', () => {
  // NOW is 21:00 in Tokyo.
  const only = anEnvironment('', { rule: NIGHTLY, nextDueAt: NOW + 5.5 * HOUR })
  const { facts = '' } = monitorContent(aPage({ monitor: aMonitorIn('job', [only]) }), 1).parts
  expect(text(facts)).toContain(
    `Expected ${scheduleInWords(NIGHTLY.schedule)}, 30 min of grace, runs of at most 2 h, failing after 2 failures in a row`,
  )
  expect(text(facts)).toContain('Next due in 5 h')
  expect(facts).toContain('2026-01-02 02:00 Asia/Tokyo')
})

test('a run that takes too long is shown as overrunning, in the title too', () => {
  const env = anEnvironment('production', { isOverrunning: true, rule: NIGHTLY })
  const page = aPage({ monitor: aMonitorIn('job', [env, STAGING]) })
  expect(monitorTitle(page)).toBe('(!) job: overrunning · Monitors')
  const { facts, environments } = monitorContent(page, 1).parts
  expect(text(facts)).toMatch(/^ State Overrunning /)
  expect(text(environments)).toContain('Overrunning production')
})
