import { expect, test } from 'vitest'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'

const HOUR = 60 * 60_000

test('each part is counted by parameter, and unknown names are one', () => {
  const counter = createIgnoredCounter(
    () => {},
    () => 0,
  )
  const stamp = { parameter: 'stamp', reason: 'it is wrong' }
  counter.count(
    [stamp, stamp, { parameter: 'foo', reason: 'x' }, { parameter: 'constructor', reason: 'x' }],
    'it',
  )
  const totals = Object.fromEntries(counter.totals().map(({ parameter, count }) => [parameter, count]))
  expect(totals).toMatchObject({ stamp: 2, unknown: 2, metric: 0 })
  expect(totals).not.toHaveProperty('foo')
})

test('a warning is printed once an hour for each parameter, without the name of an unknown one', () => {
  const lines: string[] = []
  let now = 0
  const counter = createIgnoredCounter(
    line => lines.push(line),
    () => now,
  )
  const count = (parameter: string) =>
    counter.count([{ parameter, reason: 'why' }], 'an event of the monitor job')
  for (const parameter of ['stamp', 'stamp', 'env', 'secret', 'other']) count(parameter)
  expect(lines).toEqual([
    'an event of the monitor job was recorded, but not all of it: "stamp": why',
    'an event of the monitor job was recorded, but not all of it: "env": why',
    'an event of the monitor job was recorded, but not all of it: an unknown parameter: why',
  ])
  now += HOUR - 1
  count('stamp')
  expect(lines).toHaveLength(3)
  now += 1
  count('stamp')
  expect(lines).toHaveLength(4)
})
