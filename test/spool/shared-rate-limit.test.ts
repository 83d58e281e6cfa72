import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSharedRateLimit } from '../../src/spool/shared-rate-limit.ts'
import { monotonicMs } from '../../src/system/clock.ts'
import { spoolForTest } from './support.ts'

const API = 'https://api.example'

test('a limit that one process notes makes all processes of the host wait that use the same API', async () => {
  const spool = spoolForTest()
  let time = 1000
  const now = () => time
  const one = openSharedRateLimit(spool, API, now)
  const other = openSharedRateLimit(spool, API, now)
  expect(await other.waitMs()).toBe(0)
  await one.noteLimit(5000)
  expect(await other.waitMs()).toBe(5000)
  expect(await openSharedRateLimit(spool, 'https://another.example', now).waitMs()).toBe(0)
  time += 3000
  expect(await other.waitMs()).toBe(2000)
  time += 2000
  expect(await other.waitMs()).toBe(0)
})

test('the wait is a second without Retry-After, and a shorter wait does not replace a longer one', async () => {
  const spool = spoolForTest()
  const limit = openSharedRateLimit(spool, API, () => 0)
  await limit.noteLimit(undefined)
  expect(await limit.waitMs()).toBe(1000)
  await limit.noteLimit(3000)
  await limit.noteLimit(undefined)
  expect(await limit.waitMs()).toBe(3000)
})

test('nobody waits for more than a minute, or because of a damaged file or one from before the boot', async () => {
  const spool = spoolForTest()
  const limit = openSharedRateLimit(spool, API, () => 0)
  await limit.noteLimit(3_600_000)
  expect(await limit.waitMs()).toBe(60_000)
  const before = { ...spool, place: { ...spool.place, boot: 'before' } }
  expect(await openSharedRateLimit(before, API, () => 0).waitMs()).toBe(0)
  const folder = join(spool.folder, 'locks')
  const [file = ''] = readdirSync(folder)
  for (const text of ['', 'x', `${spool.place.boot} x`, `${spool.place.boot} 999999999`]) {
    writeFileSync(join(folder, file), text)
    expect(await limit.waitMs()).toBe(0)
  }
})

test('if the file cannot be written, nothing is shared', async () => {
  const spool = spoolForTest()
  const limit = openSharedRateLimit({ ...spool, folder: '/dev/null/spool' }, API, () => 0)
  await limit.noteLimit(1000)
  expect(await limit.waitMs()).toBe(0)
})

test.skipIf(process.platform !== 'linux')(
  'the clock is the one that all processes have since the boot',
  () => {
    const upMs = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000
    // CLOCK_BOOTTIME of /proc/uptime goes on in a suspended machine, CLOCK_MONOTONIC does not.
    expect(monotonicMs()).toBeLessThanOrEqual(upMs + 60_000)
    expect(monotonicMs()).toBeGreaterThan(0)
  },
)
