import { expect, test } from 'vitest'
import { freshSeries } from '../../../src/commands/exec/fresh-series.ts'

/** RFC 9562, version 4. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const KERNELS = '9f1d1c4e-7b0a-4c3d-8e2f-0123456789ab'

test('the kernel’s UUID is taken, without its line’s end', () => {
  expect(freshSeries(() => `${KERNELS}\n`)).toBe(KERNELS)
})

test.each([
  ['nothing', ''],
  ['something else', 'no UUID at all\n'],
  ['a UUID of another version', '9f1d1c4e-7b0a-1c3d-8e2f-0123456789ab\n'],
  ['a UUID of another variant', '9f1d1c4e-7b0a-4c3d-ce2f-0123456789ab\n'],
  ['one that is cut off', KERNELS.slice(0, -1)],
  ['one with more behind it', `${KERNELS}0\n`],
  ['two', `${KERNELS}\n${KERNELS}\n`],
  ['one in capitals', `${KERNELS.toUpperCase()}\n`],
])('if the kernel gives %s, node:crypto makes a UUID', (_what, given) => {
  const series = freshSeries(() => given)
  expect(series).toMatch(UUID)
  expect(given).not.toContain(series)
})

test('without the kernel’s UUID, node:crypto makes one', () => {
  const fails = () => {
    throw new Error('ENOENT')
  }
  expect(freshSeries(fails)).toMatch(UUID)
})

test('each series is new, from the kernel and from node:crypto', () => {
  const made = Array.from({ length: 100 }, () => [freshSeries(), freshSeries(() => '')]).flat()
  expect(new Set(made).size).toBe(200)
  for (const series of made) expect(series).toMatch(UUID)
})
