import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type MeasuredMonitors, monitorFamilies } from '../../../src/server/api/monitor-metrics.ts'
import { type MeasuredServer, serverFamilies } from '../../../src/server/api/server-metrics.ts'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'
import { aMonitor, aMonitorIn, anEnvironment } from '../page/support.ts'
import { event, every, NOW, recordAll } from '../store/support.ts'
import { readExposition } from './prometheus-grammar.ts'
import { prometheusText, serverForTest } from './support.ts'

type Measured = MeasuredMonitors & MeasuredServer

const metricFamilies = (all: Measured) => [...serverFamilies(all), ...monitorFamilies(all)]

const KEY = 'a "quoted" \\ key/é'

const LATE = anEnvironment('', {
  isLate: true,
  isOverrunning: true,
  rule: { ...every(90_000), maxMs: 60_000 },
  expectMs: 90_000,
  nextDueAt: 1_700_000_090_250,
})

function measured(): Measured {
  const refusals = createRefusalCounter()
  refusals.count({ status: 429, reason: 'rate_limit' })
  return {
    totals: {
      events: [
        { monitorKey: KEY, env: '', state: 'run', count: 3 },
        { monitorKey: KEY, env: '', state: 'ok', count: 0 },
      ],
      runs: [
        { monitorKey: KEY, env: '', state: 'complete', count: 2 },
        { monitorKey: KEY, env: '', state: 'failed', count: 1 },
        { monitorKey: KEY, env: '', state: 'running', count: 4 },
        { monitorKey: KEY, env: '', state: 'lost', count: 5 },
      ],
      lastSuccess: [{ monitorKey: KEY, env: '', at: 1_700_000_000_250 }],
    },
    monitors: [aMonitorIn(KEY, [LATE]), aMonitor('other', { state: 'failing' })],
    bytes: 4096,
    refused: refusals.totals(),
    ignored: createIgnoredCounter(
      () => {},
      () => 0,
    ).totals(),
    isLatenessPaused: true,
    duties: [
      { name: 'prune', isHeld: true },
      { name: 'notify-url:0123456789ab', isHeld: false },
    ],
    version: '1.2.3',
  }
}

const text = prometheusText(metricFamilies(measured()))

test('each value is in its family, with its labels', () => {
  const families = readExposition(text)
  const value = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)
      ?.samples.find(sample => Object.entries(labels).every(([label, of]) => sample.labels[label] === of))
      ?.value
  const of = { monitor: KEY }
  expect(value('cronitor_build_info', { version: '1.2.3' })).toBe(1)
  expect(value('cronitor_lateness_suspended')).toBe(1)
  expect(value('cronitor_duty_held', { duty: 'prune' })).toBe(1)
  expect(value('cronitor_duty_held', { duty: 'notify-url' })).toBe(0)
  expect(value('cronitor_events_total', { ...of, state: 'run' })).toBe(3)
  expect(value('cronitor_events_total', { ...of, state: 'ok' })).toBe(0)
  expect(value('cronitor_refusals_total', { status: '429', reason: 'rate_limit' })).toBe(1)
  expect(value('cronitor_refusals_total', { status: '400', reason: 'malformed' })).toBe(0)
  expect(value('cronitor_runs_total', { ...of, state: 'complete' })).toBe(2)
  expect(value('cronitor_runs_total', { ...of, state: 'failed' })).toBe(1)
  expect(value('cronitor_runs_total', { ...of, state: 'running' })).toBeUndefined()
  expect(value('cronitor_runs_running', of)).toBe(4)
  expect(value('cronitor_runs_lost', of)).toBe(5)
  expect(value('cronitor_monitor_last_success_timestamp_seconds', of)).toBe(1_700_000_000.25)
  expect(value('cronitor_monitor_late', of)).toBe(1)
  expect(value('cronitor_monitor_late', { monitor: 'other' })).toBeUndefined()
  expect(value('cronitor_monitor_expected_interval_seconds', of)).toBe(90)
  expect(value('cronitor_monitor_late_after_timestamp_seconds', of)).toBe(1_700_000_090.25)
  expect(value('cronitor_monitor_overrunning', of)).toBe(1)
  expect(value('cronitor_monitor_overrunning', { monitor: 'other' })).toBeUndefined()
  expect(value('cronitor_monitor_failing', of)).toBe(0)
  expect(value('cronitor_monitor_failing', { monitor: 'other' })).toBe(1)
  expect(value('cronitor_store_size_bytes')).toBe(4096)
})

test('a monitor has samples for each environment, and none without a label env if all of its events had one', () => {
  const counted = (env: string, state: string, count: number) => ({ monitorKey: 'job', env, state, count })
  const families = readExposition(
    prometheusText(
      metricFamilies({
        ...measured(),
        totals: {
          events: [counted('production', 'fail', 2), counted('staging', 'ok', 7)],
          runs: [counted('production', 'failed', 2), counted('staging', 'running', 1)],
          lastSuccess: [{ monitorKey: 'job', env: 'staging', at: 1000 }],
        },
        monitors: [
          aMonitorIn('job', [
            anEnvironment('production', {
              isFailing: true,
              isLate: true,
              rule: every(60_000),
              expectMs: 60_000,
            }),
            anEnvironment('staging', { lastSuccessAt: 1000 }),
          ]),
        ],
      }),
    ),
  )
  const samples = (name: string) =>
    families.get(name)?.samples.map(({ labels, value }) => ({ ...labels, value })) ?? []
  const [inProduction, inStaging] = ['production', 'staging'].map(env => ({ monitor: 'job', env }))
  expect(samples('cronitor_events_total')).toEqual([
    { ...inProduction, state: 'fail', value: 2 },
    { ...inStaging, state: 'ok', value: 7 },
  ])
  expect(samples('cronitor_runs_total')).toEqual([{ ...inProduction, state: 'failed', value: 2 }])
  expect(samples('cronitor_runs_running')).toEqual([{ ...inStaging, value: 1 }])
  expect(samples('cronitor_monitor_last_success_timestamp_seconds')).toEqual([{ ...inStaging, value: 1 }])
  expect(samples('cronitor_monitor_failing')).toEqual([
    { ...inProduction, value: 1 },
    { ...inStaging, value: 0 },
  ])
  expect(samples('cronitor_monitor_late')).toEqual([{ ...inProduction, value: 1 }])
  expect(samples('cronitor_monitor_expected_interval_seconds')).toEqual([{ ...inProduction, value: 60 }])
})

test('a failing monitor that is also late is both, so that an alert for either goes on', async () => {
  const { store, get } = await serverForTest()
  await store.expect([{ monitorKey: 'job', rule: every(60_000) }])
  await store.record(event('fail', 0))
  await store.judgeHealth(NOW + 61_000)
  const families = readExposition((await get('/metrics')).text)
  for (const name of ['cronitor_monitor_failing', 'cronitor_monitor_late']) {
    expect(families.get(name)?.samples, name).toMatchObject([{ labels: { monitor: 'job' }, value: 1 }])
  }
})

test('names follow the rules of Prometheus: counters end in _total, and only they do', () => {
  for (const [name, { type, help }] of readExposition(text)) {
    expect(name).toMatch(/^cronitor_[a-z]+(_[a-z]+)*$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(help).toMatch(/^[A-Z1].*\.$/)
  }
})

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined

test.skipIf(!hasPromtool)(
  `promtool finds nothing wrong${hasPromtool ? '' : ' (skipped: there is no promtool)'}`,
  () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  },
)

test('/metrics shows what the server has stored and refused', async () => {
  const { store, get } = await serverForTest()
  await recordAll(store, [event('run', 0, { series: 'a' }), event('complete', 5, { series: 'a' })])
  await get('/p/some-key/job?state=wrong')
  await get('/api/runs?limit=0')
  await get('/api/monitors/missing')
  const { status, headers, text } = await get('/metrics')
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(headers['cache-control']).toBe('no-store')
  const families = readExposition(text)
  const samples = (name: string) => families.get(name)?.samples ?? []
  expect(samples('cronitor_build_info')).toMatchObject([{ labels: { version: '1.2.3' }, value: 1 }])
  expect(samples('cronitor_events_total').reduce((sum, { value }) => sum + value, 0)).toBe(2)
  const refused = samples('cronitor_refusals_total').filter(({ value }) => value > 0)
  expect(refused).toMatchObject([
    { labels: { status: '400', reason: 'invalid_parameter' }, value: 2 },
    { labels: { status: '404', reason: 'no_such_monitor' }, value: 1 },
  ])
  expect(samples('cronitor_runs_total').find(({ labels }) => labels.state === 'complete')?.value).toBe(1)
  expect(samples('cronitor_monitor_last_success_timestamp_seconds')).toMatchObject([
    { value: NOW / 1000 + 5 },
  ])
  expect(samples('cronitor_store_size_bytes')[0]?.value).toBeGreaterThan(0)
})

/** The parser of Prometheus' own client library for Python, strict on TYPE, labels and escapes. */
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
samples = [s for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples]
print(json.dumps([[s.name, s.labels, s.value] for s in samples]))
`
const hasPython = spawnSync('python3', ['-c', 'import prometheus_client']).status === 0

test.skipIf(!hasPython)(
  `the parser of Prometheus' client library reads what was meant${hasPython ? '' : ' (skipped: python3 has no prometheus_client)'}`,
  () => {
    const { stdout, stderr } = spawnSync('python3', ['-c', PARSE], { input: text, encoding: 'utf8' })
    expect(stderr).toBe('')
    const read = JSON.parse(stdout) as [string, Record<string, string>, number][]
    const meant = metricFamilies(measured()).flatMap(({ name, samples }) =>
      samples.map(({ labels = {}, value }) => [name, labels, value]),
    )
    expect(read).toEqual(meant)
  },
)
