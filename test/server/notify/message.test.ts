import { expect, test } from 'vitest'
import { fittingChanges, MAX_BUNDLE_BYTES } from '../../../src/server/notify/bundle-size.ts'
import { messageOf, singleMessage } from '../../../src/server/notify/message.ts'
import { notificationOf } from '../../../src/server/notify/notification.ts'
import { change } from './support.ts'

const runWith = (message: string) => ({ id: 1, monitorKey: 'x', state: 'failed', message }) as const

test('a message with one change has the fields of the notification, and a sentence for chat services', () => {
  const only = change(1, { env: 'prod', run: runWith('no space left') })
  expect(messageOf([only])).toEqual({
    text: 'nightly is failing in prod: no space left',
    ...notificationOf(only),
  })
})

test('a message with several changes has a line for each, and the same objects as single messages', () => {
  const first = change(1, { monitorKey: 'a', run: runWith('no space left') })
  const second = change(2, { monitorKey: 'b', from: 'failing', to: 'healthy' })
  expect(messageOf([first, second])).toEqual({
    text: '2 changes:\na is failing: no space left\nb is healthy again',
    changes: [messageOf([first]), messageOf([second])],
  })
})

test('the text of many changes ends with their number, within 4,000 characters', () => {
  const many = Array.from({ length: 999 }, (_, index) =>
    change(index + 2, { monitorKey: `job-${index + 2}`, run: runWith('ü'.repeat(500)) }),
  )
  const { text } = messageOf([change(1), ...many])
  expect(text.length).toBeLessThan(4000)
  const lines = text.split('\n')
  expect(lines[0]).toBe('1000 changes:')
  expect(lines.at(-1)).toBe(`and ${1000 - (lines.length - 2)} more`)
  expect(lines.length).toBeGreaterThan(5)
})

test('the output of a job cannot mention everyone in a chat', () => {
  const hostile = change(1, { monitorKey: '<!here>', run: runWith('<!channel> <@U123>') })
  expect(messageOf([hostile]).text).toBe('‹!here› is failing: ‹!channel› ‹@U123›')
  expect(messageOf([hostile])).toMatchObject({ monitor: '<!here>', message: '<!channel> <@U123>' })
})

test('at most 1,000 changes and 512 KiB are one message, and a large change is one by itself', () => {
  const small = Array.from({ length: 1200 }, (_, index) => change(index + 1))
  expect(fittingChanges(small)).toEqual(small.slice(0, 1000))
  const large = Array.from({ length: 60 }, (_, index) =>
    change(index + 1, { run: runWith('é'.repeat(10_000)) }),
  )
  const fitting = fittingChanges(large)
  // A letter of two bytes 10,000 times, and the other fields.
  expect(fitting).toHaveLength(25)
  expect(Buffer.byteLength(JSON.stringify(fitting.map(singleMessage)))).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
  const huge = '\u0001'.repeat(MAX_BUNDLE_BYTES)
  expect(
    fittingChanges([
      change(1, { monitorKey: huge, env: huge, run: { ...runWith(''), series: huge, host: huge } }),
      change(2),
    ]),
  ).toHaveLength(1)
  expect(fittingChanges([])).toEqual([])
})
