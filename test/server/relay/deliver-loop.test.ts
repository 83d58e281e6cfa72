import { expect, test } from 'vitest'
import { latenessToSend } from '../../../src/server/relay/deliver-loop.ts'

const event = { monitorKey: 'm', state: 'run', metrics: [] } as const
const late = (ms: number) => ({ occurredAt: 0, now: ms, stamp: true })

test('an event is marked as late from five seconds on', () => {
  expect(latenessToSend(event, late(4999))).toBeUndefined()
  expect(latenessToSend(event, late(5000))).toEqual(late(5000))
})

test('an event with a stamp of its own is not marked as late', () => {
  expect(latenessToSend({ ...event, stamp: 1 }, late(60_000))).toBeUndefined()
})
