/** Many at once, against `cronitor serve` with the API's limits, and what wrappers of a host tell each other of them. */

import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keyFingerprint } from '../../../src/spool/delivery-scope.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import { placeOfThisProcess } from '../../../src/system/process-id.ts'
import { KEY } from '../../support/key.ts'
import { paths, run, start } from '../../support/run.ts'
import { namesIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { apiForTest, cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

interface Recorded {
  readonly monitor: string
  readonly series: string
  readonly state: string
}

/** `cronitor serve` with the limits; what it has recorded, in its order. */
async function serve(): Promise<{ url: string; recorded: () => Recorded[] }> {
  const running = start([paths.bin.cronitor, 'serve', '--port', '0', '--strict', '--json'], {
    timeoutMs: 170_000,
  })
  onTestFinished(async () => {
    running.signal('SIGTERM')
    await running.done.catch(() => {})
  })
  const lines = () => linesOf(running.output().stdout)
  await until('the address is printed', () => lines().length > 0)
  return {
    url: (await checked({ url: JSON.parse(lines()[0] ?? '').listening })).url,
    recorded: () =>
      lines()
        .slice(1)
        .map(line => JSON.parse(line)),
  }
}

/** The states of each series, in the order of their arrival. */
function statesBySeries(recorded: readonly Recorded[]): Map<string, string[]> {
  const states = new Map<string, string[]>()
  for (const { monitor, series, state } of recorded) {
    const name = `${monitor} ${series}`
    states.set(name, [...(states.get(name) ?? []), state])
  }
  return states
}

/**
 * Both states are there, `run` before `complete`. An event is repeated if its answer comes too late, once for each program that
 * gives up waiting: the wrapper, another wrapper that delivers from the spool, the flush. bench/rate-limits.mjs counts repetitions.
 */
function expectWhole(recorded: readonly Recorded[], seriesCount: number): void {
  const states = statesBySeries(recorded)
  expect(states.size).toBe(seriesCount)
  for (const [name, came] of states) expect(`${came}: ${name}`).toMatch(/^run(,run)*(,complete)+: /)
}

/** A shell starts all of them, as cron does; how many ended with 0. */
async function startHerd(monitors: readonly string[], env: Record<string, string>): Promise<number> {
  const script = 'for key; do { "$0" "$key" true && echo done; } & done; wait'
  const { stdout } = await run(['/bin/sh', '-c', script, paths.bin.exec, ...monitors], {
    env,
    timeoutMs: 170_000,
  })
  return linesOf(stdout).length
}

test('of wrappers that start at once no event is lost, whichever limit they meet', {
  timeout: 180_000,
}, async () => {
  const api = await serve()
  const env = reportingTo(api, { CRONITOR_SPOOL_DIR: join(tempDir('herd'), 'spool') })
  const monitors = Array.from({ length: 30 }, (_, index) => `job-${index}`)
  // A monitor lets 10 through at once, and then 5/s.
  const herd = [...monitors, ...Array.from({ length: 10 }, () => 'often')]
  expect(await startHerd(herd, { ...env } as Record<string, string>)).toBe(40)
  const { status, stdout } = await cronitor(['spool', 'flush'], { ...env, CRONITOR_DELIVER_WITHIN: '20s' })
  expect(`${status} ${stdout}`).toMatch(/^0 \d+ delivered, 0 left\n$/)
  await until('all is told', () => new Set(api.recorded().map(one => JSON.stringify(one))).size >= 80)
  expectWhole(api.recorded(), 40)
})

test('a flush gets all through the limits, in the order of each series', { timeout: 180_000 }, async () => {
  const api = await serve()
  const folder = join(tempDir('herd'), 'spool')
  const spool = {
    folder,
    place: placeOfThisProcess(),
    wallClock: Date.now,
    maxAgeMs: 86_400_000,
    maxBytes: 2 ** 26,
  }
  const begin = Date.now() - 3_600_000
  // 16 events of each monitor, in one second: six more than the burst.
  const events = Array.from({ length: 160 }, (_, index) => ({
    key: keyFingerprint(KEY),
    occurredAt: begin + index,
    tries: 1,
    event: {
      monitorKey: `job-${index % 10}`,
      series: `series-${index % 80}`,
      state: index < 80 ? ('run' as const) : ('complete' as const),
      metrics: [],
    },
  }))
  await putEvents(spool, 'queue', events)
  const { status, stdout, stderr } = await cronitor(
    ['spool', 'flush', '--deliver-within', '20s'],
    reportingTo(api, { CRONITOR_SPOOL_DIR: folder }),
    { timeoutMs: 170_000 },
  )
  expect(`${status} ${stdout}${stderr}`).toBe('0 160 delivered, 0 left\n')
  await until('all is told', () => api.recorded().length >= 160)
  expectWhole(api.recorded(), 80)
})

test('a 429 that one wrapper has seen delays the next one for as long as it asks for', async () => {
  const api = await apiForTest({
    respond: (_, index) => (index === 0 ? { status: 429, headers: { 'retry-after': '3' } } : { status: 200 }),
  })
  const spool = join(tempDir('herd'), 'spool')
  const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
  const first = exec(['first', 'true'], env)
  await api.waitFor(([request]) => request?.answered === 429)
  const limitedAt = api.events()[0]?.arrivedAt ?? 0
  await until('it has left a note', () => namesIn(spool, 'locks').some(name => name.startsWith('pace-')))
  const second = exec(['second', 'echo output'], env)
  const results = await Promise.all([first, second])
  expect(results.map(({ status, stdout, stderr }) => `${status} ${stdout}${stderr}`)).toEqual([
    '0 ',
    '0 output\n',
  ])
  for (const monitor of ['first', 'second'])
    expect(
      api
        .events(monitor)
        .filter(({ answered }) => answered === 200)
        .map(({ state }) => state),
    ).toEqual(['run', 'complete'])
  for (const { arrivedAt, answered } of api.events())
    if (answered === 200) expect(arrivedAt - limitedAt).toBeGreaterThan(2900)
})

test('a wrapper that must wait longer than its deadline exits at once, and its events stay in the spool', async () => {
  const api = await apiForTest({ respond: () => ({ status: 429, headers: { 'retry-after': '3600' } }) })
  const env = reportingTo(api, { CRONITOR_SPOOL_DIR: join(tempDir('herd'), 'spool') })
  const first = await exec(['first', 'true'], env)
  expect(api.events('first')).toHaveLength(1)
  const second = await exec(['second', 'sh', '-c', 'echo output; exit 3'], {
    ...env,
    // A note counts for a minute at the most.
    CRONITOR_DELIVER_WITHIN: '30s',
  })
  expect([first.status, second.status, String(second.stdout)]).toEqual([0, 3, 'output\n'])
  expect(second.elapsedMs).toBeLessThan(30_000)
  expect(api.events('second')).toEqual([])
  expect(String(second.stderr)).toContain('kept in the spool')
  const { stdout } = await cronitor(['spool', 'list', '--json'], env)
  expect(JSON.parse(String(stdout))).toHaveLength(4)
})
