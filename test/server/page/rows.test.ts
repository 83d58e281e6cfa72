import { expect, test } from 'vitest'
import { scheduleInWords } from '../../../src/server/monitors/describe-rule.ts'
import type { Monitor } from '../../../src/server/monitors/monitors.ts'
import { render } from '../../../src/server/page/html.ts'
import { monitorPath } from '../../../src/server/page/monitor-path.ts'
import { monitorRow } from '../../../src/server/page/monitor-row.ts'
import { runRows } from '../../../src/server/page/run-row.ts'
import { every } from '../store/support.ts'
import { aMonitor, aMonitorIn, anEnvironment, aRun, NOW } from './support.ts'

const EACH_MINUTE = {
  schedule: { kind: 'cron', expression: '* * * * *', zone: 'UTC' },
  graceMs: 30_000,
} as const

const rowOf = (monitor: Monitor, env?: string) => monitorRow({ monitor, env }, NOW)

const text = (markup: string) =>
  markup
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

test.each([
  ['a/b', '/monitors/a%2Fb'],
  ['100%', '/monitors/100%25'],
  ['a b?c#d', '/monitors/a%20b%3Fc%23d'],
  ['naïve', '/monitors/na%C3%AFve'],
])('the monitor %j has the path %s', (key, path) => {
  expect(monitorPath(key)).toBe(path)
})

test('a row has the state in a word, the end of the last run and the time at which it is due', () => {
  const last = aRun(990, { endedAt: NOW - 180_000 })
  const row = text(
    render(
      rowOf(
        aMonitorIn(
          'job',
          [anEnvironment('prod', { isFailing: true, rule: every(7_200_000), nextDueAt: NOW + 3_600_000 })],
          [aRun(1), last],
        ),
      ),
    ),
  )
  expect(row).toContain('Failing')
  expect(row).toContain('prod')
  expect(row).toContain('3 min ago')
  expect(row).toContain('due in 1 h')
  expect(row).toContain('every 2 h')
  expect(row).toContain('median 2.0 s')
})

test.each([
  [aMonitor('job', { state: 'quiet' }), 'nothing yet'],
  [
    aMonitorIn('job', [anEnvironment('', { isLate: true, since: NOW - 60_000, rule: every(60_000) })]),
    'late for 1 min',
  ],
  [
    aMonitorIn('job', [anEnvironment('', { rule: EACH_MINUTE, nextDueAt: NOW + 120_000 })]),
    `due in 1 min ${scheduleInWords(EACH_MINUTE.schedule)} `,
  ],
  [aMonitorIn('job', [anEnvironment('', { rule: { maxMs: 60_000 } })]), '–'],
  [
    aMonitor('job', {
      state: 'running',
      recent: [{ id: 1, monitorKey: 'job', state: 'running', startedAt: NOW - 20_000 }],
    }),
    'running for 20 s',
  ],
])('of %j it says %j', (monitor, words) => {
  expect(text(render(rowOf(monitor)))).toContain(words)
})

const PRODUCTION = anEnvironment('production', {
  isFailing: true,
  isLate: true,
  since: NOW - 7_200_000,
  lastSuccessAt: NOW - 2 * 86_400_000,
  rule: every(86_400_000),
  nextDueAt: NOW - 86_400_000,
})
const STAGING = anEnvironment('staging', {
  lastSuccessAt: NOW - 60_000,
  rule: every(3_600_000),
  nextDueAt: NOW + 3_540_000,
})

test('a monitor with a run that takes too long says so, besides the worse', () => {
  const overrunning = anEnvironment('', { isOverrunning: true })
  expect(text(render(rowOf(aMonitorIn('job', [overrunning]))))).toMatch(/Overrunning job/)
  const all = anEnvironment('', { isFailing: true, isLate: true, isOverrunning: true })
  expect(text(render(rowOf(aMonitorIn('job', [all]))))).toMatch(/Failing Late Overrunning job/)
  const several = text(render(rowOf(aMonitorIn('job', [{ ...all, env: 'prod' }, anEnvironment('dev')]))))
  expect(several).toContain('prod is failing, late and overrunning')
})

test('a run that takes unusually long is marked from that time on', () => {
  const running = [{ id: 1, monitorKey: 'job', state: 'running', startedAt: NOW - 600_000 }] as const
  const rowAt = (longRunAt: number) =>
    render(rowOf(aMonitorIn('job', [anEnvironment('', { longRunAt })], running)))
  expect(text(rowAt(NOW - 1))).toContain('running for 10 min unusually long')
  expect(rowAt(NOW - 1)).not.toContain(' hidden>')
  // The client script shows it when the time has come.
  expect(rowAt(NOW + 1)).toContain(`data-from="${NOW + 1}" hidden`)
})

test('a failing monitor that is also late says both', () => {
  const row = text(render(rowOf(aMonitorIn('job', [{ ...PRODUCTION, env: '' }]))))
  expect(row).toMatch(/Failing Late job/)
  expect(row).toContain('was due 24 h ago every 24 h')
})

test('among several environments those that are failing or late are marked in words, and the most urgent one is due', () => {
  const row = text(render(rowOf(aMonitorIn('job', [PRODUCTION, STAGING, anEnvironment('')]))))
  expect(row).toMatch(/production is failing and late staging no environment /)
  expect(row).toContain('was due 24 h ago every 24 h in production')
})

test('with a chosen environment the row has its values alone, and leads to its runs', () => {
  const markup = render(rowOf(aMonitorIn('job', [STAGING]), 'staging'))
  expect(text(markup)).toMatch(/Healthy job staging /)
  expect(text(markup)).toContain('due in 59 min every 1 h ')
  expect(markup).toContain('href="/monitors/job?env=staging"')
})

const HOSTILE = '<script>alert(1)</script>" onload="x\u202e'

test('received text is never markup', () => {
  const run = aRun(1, { message: HOSTILE, host: HOSTILE, env: HOSTILE, series: HOSTILE })
  const monitor = aMonitor(HOSTILE, { envs: [HOSTILE, `${HOSTILE}2`], state: 'late', recent: [run] })
  const markup = render(runRows(run, NOW)) + render(rowOf(monitor)) + render(rowOf(monitor, HOSTILE))
  expect(markup).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x\ufffd')
  expect(markup).not.toContain('<script')
  expect(markup).not.toContain('" onload')
  expect(markup).not.toContain('\u202e')
})

test('a run is shown with exit status, host, env, series, and its message as it was', () => {
  const run = aRun(7, {
    state: 'failed',
    statusCode: 3,
    host: 'db-1',
    env: 'prod',
    message: 'a\n  b\nexit status 3\n',
  })
  const markup = render(runRows(run, NOW))
  expect(markup).toContain('<pre>a\n  b\nexit status 3</pre>')
  for (const word of ['Failed', ' 3 ', 'db-1', 'prod', 'series-7', '2.0 s'])
    expect(text(markup)).toContain(word)
})

test('a long message is folded, with its last line visible', () => {
  const message = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n')
  const markup = render(runRows(aRun(1, { message }), NOW))
  expect(markup).toContain(`<pre>${message}</pre></details>`)
  expect(/<summary>(.*)<\/summary>/.exec(markup)?.[1]).toContain('line 29')
  expect(markup).toContain('30 lines')
})

test('a running run has no duration, but says since when it runs', () => {
  const run = { id: 1, monitorKey: 'job', state: 'running', startedAt: NOW - 90_000 } as const
  expect(text(render(runRows(run, NOW)))).toContain('1 min so far')
})
