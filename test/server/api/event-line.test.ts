import { expect, test } from 'vitest'
import { eventJsonLine } from '../../../src/server/api/event-json.ts'
import { eventLine } from '../../../src/server/api/event-line.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'

const receivedAt = new Date(2026, 2, 1, 4, 5, 6, 789).getTime()
const run: ReceivedEvent = { receivedAt, monitorKey: 'nightly', state: 'run', metrics: [] }
const fail: ReceivedEvent = {
  ...run,
  state: 'fail',
  series: '0f8b2c6e-1111-4222-8333-444455556666',
  host: 'h',
  statusCode: 3,
  metrics: [
    { name: 'count', value: 1 },
    { name: 'duration', value: 1.5 },
  ],
  message: '\nfirst\nsecond',
}

test('a line shows the fields that were sent', () => {
  expect(eventLine(run)).toBe('04:05:06  nightly  run')
  expect(eventLine(fail)).toBe('04:05:06  nightly  fail      0f8b2c6e…  status 3  1.500s  second')
})

test('the line of an event that was delivered late shows when it happened', () => {
  const seconds = (...date: [number, number, number, number, number]) => new Date(...date, 7).getTime() / 1000
  const late = (stamp: number) => eventLine({ ...fail, stamp })
  expect(late(seconds(2026, 2, 1, 3, 59))).toContain('  1.500s  happened 03:59:07  second')
  expect(late(seconds(2026, 2, 1, 3, 59) + 0.9)).toContain('  happened 03:59:07  ')
  expect(late(seconds(2026, 1, 28, 23, 59))).toContain('  happened 2026-02-28 23:59:07  ')
  expect(late(1e15)).toContain('  happened 1000000000000000 s after 1970  ')
  expect(eventLine({ ...run, stamp: seconds(2026, 2, 1, 3, 59) })).toBe(
    '04:05:06  nightly  run       happened 03:59:07',
  )
})

test('colours do not change the text of a line', () => {
  const painted = eventLine(fail, { state: (text, state) => `<${state}>${text}`, faint: text => `{${text}}` })
  expect(painted).toBe('{04:05:06}  nightly  <fail>fail      {0f8b2c6e…}  status 3  1.500s  second')
})

test('JSON has the names of the API, and only the fields that were sent', () => {
  const time = new Date(receivedAt).toISOString()
  expect(JSON.parse(eventJsonLine(run))).toEqual({ time, monitor: 'nightly', state: 'run', metrics: [] })
  expect(JSON.parse(eventJsonLine(fail))).toEqual({
    time,
    monitor: 'nightly',
    state: 'fail',
    series: fail.series,
    host: 'h',
    status_code: 3,
    metrics: fail.metrics,
    message: fail.message,
  })
  expect(JSON.parse(eventJsonLine({ ...run, stamp: 1732450000.123 }))).toMatchObject({
    stamp: 1732450000.123,
  })
})

test('a line contains no control characters and no line breaks', () => {
  const evil = '\u001b[31mred\u009b2J\u2028\u202etxt\u007f'
  const event = { ...run, monitorKey: 'a\u202eb', series: evil, message: evil, host: evil }
  const unsafe = /[\p{Cc}\u2028\u202e]/u
  expect(eventLine(event)).not.toMatch(unsafe)
  expect(eventJsonLine(event)).not.toMatch(unsafe)
  expect(JSON.parse(eventJsonLine(event))).toMatchObject({ monitor: 'a\u202eb', series: evil, message: evil })
})

test('of a long message the end is shown, cut between code points', () => {
  const line = eventLine({ ...run, message: '\u{1f600}'.repeat(2000) })
  expect(line).not.toMatch(/\p{Surrogate}/u)
  expect([...line].length).toBeLessThan(160)
  expect(line).toContain('  …\u{1f600}')
})
