/** A wall clock that jumps deletes nothing, and changes neither order nor age. */

import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import { drain } from '../../src/spool/drain/drain.ts'
import { enforceLimits } from '../../src/spool/enforce-limits.ts'
import { oldestEvents } from '../../src/spool/list-events.ts'
import { putEvents } from '../../src/spool/put-events.ts'
import { readEvent } from '../../src/spool/read-event.ts'
import { recoverKilledRuns } from '../../src/spool/recovery.ts'
import { createRunRecord } from '../../src/spool/run-record.ts'
import type { Spool } from '../../src/spool/spool.ts'
import type { SpooledEvent } from '../../src/spool/spooled-event.ts'
import type { Late } from '../../src/telemetry/delay-marker.ts'
import { filesIn, KEY_PRINT, NOW, spooledOf, spoolForTest } from './support.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const IN_2016 = Date.UTC(2016, 0, 1)

const place = { machine: 'm', boot: 'this', namespace: 'n' }

/** A spool whose two clocks are set by the test. */
function spoolAt(
  wall: number,
  up: number,
  more: Partial<Spool> = {},
): Spool & { set(wall: number, up: number): void } {
  const clocks = { wall, up }
  return {
    ...spoolForTest({ place }),
    wallClock: () => clocks.wall,
    bootClock: () => clocks.up,
    ...more,
    set(newWall, newUp) {
      clocks.wall = newWall
      clocks.up = newUp
    },
  }
}

function happened(spool: Spool, more: Partial<SpooledEvent> = {}): Partial<SpooledEvent> {
  return {
    occurredAt: spool.wallClock(),
    up: { boot: spool.place.boot, ms: spool.bootClock?.() ?? 0 },
    tries: 1,
    ...more,
  }
}

/** Sends all that waits, once each; what each was said to be late by. */
async function send(spool: Spool, answer: ApiAnswer = { kind: 'status', status: 200 }): Promise<Late[]> {
  const sent: Late[] = []
  const stop = new AbortController()
  await drain(
    {
      spool,
      key: KEY_PRINT,
      address: 'default',
      stamp: true,
      now: () => spool.bootClock?.() ?? 0,
      sleep: async () => stop.abort(),
      random: () => 0,
      report() {},
      async send(_event, _message, _signal, late) {
        if (late !== undefined) sent.push(late)
        return answer
      },
    },
    stop.signal,
  )
  return sent
}

describe('an event that waits', () => {
  test.each([
    ['forward, from a clock that was never set', IN_2016, NOW],
    ['forward by thirty days', NOW, NOW + 30 * DAY],
    ['back by years', NOW, IN_2016],
  ])('is not dropped when the clock jumps %s', async (_, before, after) => {
    const spool = spoolAt(before, MINUTE)
    await putEvents(spool, 'queue', [spooledOf('run', happened(spool))])
    await putEvents(spool, 'rejected', [spooledOf('fail', happened(spool))])
    spool.set(after, 2 * MINUTE)
    expect(await enforceLimits(spool)).toEqual({ tooOld: 0, tooMany: 0 })
    // It is as late as it is, and happened when it did by the clock that is right.
    expect(await send(spool)).toEqual([{ occurredAt: after - MINUTE, now: after, stamp: true }])
  })

  test('is dropped by its age on the clock of the boot, whatever the wall clock says', async () => {
    const spool = spoolAt(IN_2016, MINUTE)
    await putEvents(spool, 'queue', [spooledOf('run', happened(spool))])
    spool.set(NOW, MINUTE + 7 * DAY)
    expect(await enforceLimits(spool)).toEqual({ tooOld: 0, tooMany: 0 })
    spool.set(NOW, MINUTE + 7 * DAY + 1)
    expect(await enforceLimits(spool)).toEqual({ tooOld: 1, tooMany: 0 })
  })

  test('is not dropped for its age before it was offered', async () => {
    const spool = spoolAt(NOW, MINUTE)
    await putEvents(spool, 'queue', [spooledOf('run', happened(spool, { tries: 0 }))])
    spool.set(NOW + 8 * DAY, 8 * DAY)
    expect(await enforceLimits(spool)).toEqual({ tooOld: 0, tooMany: 0 })
    await send(spool, { kind: 'status', status: 503 })
    expect(await enforceLimits(spool)).toEqual({ tooOld: 1, tooMany: 0 })
  })

  test('of an earlier boot is dropped only some time after it was offered in this one', async () => {
    const spool = spoolAt(IN_2016, MINUTE)
    await putEvents(spool, 'queue', [spooledOf('run', happened(spool))])
    await putEvents(spool, 'rejected', [spooledOf('fail', happened(spool))])
    const rebooted = { ...spool, place: { ...place, boot: 'next' } }
    spool.set(NOW, MINUTE)
    expect(await enforceLimits(rebooted)).toEqual({ tooOld: 0, tooMany: 0 })
    await send(rebooted, { kind: 'status', status: 503 })
    spool.set(NOW, HOUR)
    expect(await enforceLimits(rebooted)).toEqual({ tooOld: 0, tooMany: 0 })
    spool.set(NOW, HOUR + MINUTE)
    expect(await enforceLimits(rebooted)).toEqual({ tooOld: 2, tooMany: 0 })
  })

  test('waits as long as its Retry-After says', async () => {
    const spool = spoolAt(NOW, MINUTE)
    await putEvents(spool, 'queue', [spooledOf('run', happened(spool))])
    await send(spool, { kind: 'status', status: 503, retryAfter: '30' })
    spool.set(NOW + DAY, MINUTE + 29_000)
    expect(await send(spool)).toHaveLength(0)
    spool.set(NOW - DAY, MINUTE + 30_000)
    expect(await send(spool)).toHaveLength(1)
  })
})

test('the order of all events stays the same when the clock is set', async () => {
  const spool = spoolAt(NOW, MINUTE)
  const put = (series: string, state: 'run' | 'complete') =>
    putEvents(spool, 'queue', [spooledOf(state, happened(spool), { series })])
  await put('one', 'run')
  spool.set(IN_2016, 2 * MINUTE)
  await put('one', 'complete')
  await put('two', 'run')
  spool.set(NOW + 30 * DAY, 3 * MINUTE)
  await put('three', 'run')
  spool.set(NOW, 4 * MINUTE)
  await put('three', 'complete')
  // After a boot with a clock that is not set.
  const rebooted = {
    ...spool,
    place: { ...place, boot: 'next' },
    wallClock: () => IN_2016,
    bootClock: () => 10,
  }
  await putEvents(rebooted, 'queue', [spooledOf('run', happened(rebooted), { series: 'four' })])
  const order: string[] = []
  for (const name of await oldestEvents(spool, 'queue', () => true, 10)) {
    const read = await readEvent(spool, 'queue', name)
    if (read?.kind === 'event') order.push(`${read.spooled.event.series} ${read.spooled.event.state}`)
  }
  expect(order.filter(each => each.startsWith('one'))).toEqual(['one run', 'one complete'])
  expect(order.slice(-3)).toEqual(['three run', 'three complete', 'four run'])
  expect(order.indexOf('one run')).toBe(0)
})

test('unfinished and damaged files are kept when the clock jumps', async () => {
  const spool = spoolAt(NOW, 2 * HOUR)
  await putEvents(spool, 'queue', [spooledOf('run', happened(spool))])
  for (const folder of ['queue', 'runs', 'damaged'] as const) {
    await putEvents(spool, 'rejected', [spooledOf('run', happened(spool))])
    mkdirSync(join(spool.folder, folder), { recursive: true })
    const name = folder === 'damaged' ? 'x.damaged' : `.unfinished-${2 * HOUR}ms-0123456789ab-x`
    writeFileSync(join(spool.folder, folder, name), '{')
    utimesSync(join(spool.folder, folder, name), NOW / 1000, NOW / 1000)
  }
  spool.set(NOW + 30 * DAY, 2 * HOUR + MINUTE)
  await enforceLimits(spool)
  const there = () =>
    ['queue', 'runs', 'damaged'].map(folder => readdirSync(join(spool.folder, folder)).length)
  expect(there()).toEqual([2, 1, 1])
  // In the end they go.
  spool.set(NOW + 30 * DAY, 4 * HOUR)
  await enforceLimits(spool)
  expect(there()).toEqual([1, 0, 0])
})

test('a run under way on another machine does not count as killed when the clock jumps', async () => {
  const spool = spoolAt(NOW, HOUR)
  const up = { boot: 'this', ms: HOUR }
  await createRunRecord(spool, spooledOf('run').event, {
    key: KEY_PRINT,
    startedAt: NOW,
    up,
    jobPid: undefined,
  })
  const elsewhere = { ...spool, place: { ...place, namespace: 'other' } }
  const folder = join(spool.folder, 'runs')
  for (const file of readdirSync(folder))
    renameSync(join(folder, file), join(folder, file.replace(/^\d+-\d*-/, '1-1-')))
  spool.set(NOW + 30 * DAY, 2 * HOUR)
  expect(await recoverKilledRuns(elsewhere)).toEqual({ runs: 0, damaged: [] })
  expect(filesIn(spool, 'runs')).toHaveLength(1)
  spool.set(NOW, 8 * DAY)
  expect(await recoverKilledRuns(elsewhere)).toEqual({ runs: 1, damaged: [] })
})
