import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { monotonicMs } from '../../src/system/clock.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('time never goes back', () => {
  const times = Array.from({ length: 10_000 }, monotonicMs)
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

const isBun = process.versions.bun !== undefined

test.skipIf(!isBun)('in the executable, it is the time since the boot', () => {
  const uptimeMs = () => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000
  const before = uptimeMs()
  const now = monotonicMs()
  const after = uptimeMs()
  // The system says it in hundredths of a second.
  expect(now).toBeGreaterThan(before - 1000)
  expect(now).toBeLessThan(after + 1000)
})

test.skipIf(isBun)('it is in milliseconds, with their fractions', () => {
  vi.spyOn(process, 'hrtime').mockReturnValue([12, 345_678_901])
  expect(monotonicMs()).toBeCloseTo(12_345.678_901, 6)
})

test.skipIf(isBun)('it is the clock that all processes of the host share', () => {
  const before = Number(process.hrtime.bigint()) / 1e6
  const now = monotonicMs()
  const after = Number(process.hrtime.bigint()) / 1e6
  // A number of milliseconds since the boot has no room for all digits of its nanoseconds.
  expect(now).toBeGreaterThanOrEqual(before - 0.001)
  expect(now).toBeLessThanOrEqual(after + 0.001)
})

test('a change of the time of day does not change it', () => {
  const before = monotonicMs()
  vi.spyOn(Date, 'now').mockReturnValue(0)
  expect(monotonicMs()).toBeGreaterThanOrEqual(before)
})
