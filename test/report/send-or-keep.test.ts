import { describe, expect, test } from 'vitest'
import { startDeadline } from '../../src/report/delivery-deadline.ts'
import { BEHIND_EARLIER } from '../../src/report/earlier-events.ts'
import { type EventRecord, type EventRoute, sendOrKeep } from '../../src/report/send-or-keep.ts'
import { isUndelivered, isWaiting, type SendOutcome } from '../../src/report/send-outcome.ts'
import { eventOf } from '../support/fake-clock.ts'
import { BUSY, DISK_FULL, finish, NOT_FOUND, type StageOptions, stageOf } from './support.ts'

const run = eventOf('run')
const complete = eventOf('complete')
const time = { at: 0, up: 0 }

type Route = EventRoute | { readonly kind: 'direct' }

async function outcomeOf(options: StageOptions, route: Route, isRecorded?: boolean) {
  const { tools, settings, notices, clock, steps } = stageOf(options)
  const stopWaiting = new AbortController().signal
  const delivery = tools.openDelivery({
    settings,
    notices,
    destination: { baseUrl: '', access: { kind: 'anonymous' }, method: 'GET' },
    sharedLimit: undefined,
  })
  if (route.kind === 'direct') for (const event of [run, complete]) delivery.add(event)
  const record: EventRecord = {
    isComplete: () => isRecorded === true,
    isOnDisk: () => true,
    graceMs: () => 200,
    update: async ({ kind }) => void steps.push(`record: ${kind}`),
  }
  const sending = sendOrKeep(
    {
      events: [run, complete].map(event => ({ event, time })),
      route: route.kind === 'direct' ? { kind: 'direct', delivery } : route,
      deadline: startDeadline(Promise.resolve(), settings.deliverWithinMs, stopWaiting, tools),
      stopWaiting,
      opening: tools.openKeeper(settings, notices),
      settings,
      notices,
      ...(isRecorded !== undefined && { record }),
    },
    tools,
  )
  const { result } = await finish(sending, clock)
  return { outcome: result, steps }
}

const NO_ANSWER = 'no answer in the time given'
const REFUSED = 'HTTP status 404: there is no such monitor, or --url is wrong'

const direct = { kind: 'direct' } as const

describe('what becomes of two events, and why', () => {
  test.each<[what: string, options: StageOptions, isRecorded: boolean | undefined, outcome: object]>([
    ['both accepted', {}, undefined, { kind: 'delivered' }],
    [
      'one refused, the other accepted',
      { answer: state => (state === 'run' ? NOT_FOUND : { kind: 'status', status: 200 }) },
      undefined,
      { kind: 'rejected', reason: REFUSED },
    ],
    [
      'one refused, the other without an answer',
      { answer: state => (state === 'run' ? NOT_FOUND : 'hang') },
      undefined,
      { kind: 'queued', tries: 1, reason: NO_ANSWER },
    ],
    [
      'no answer, room for both',
      { answer: () => 'hang' },
      undefined,
      { kind: 'queued', tries: 1, reason: NO_ANSWER },
    ],
    [
      'no answer, room for one',
      { answer: () => 'hang', room: 1 },
      undefined,
      { kind: 'lost', queued: 1, reason: `${NO_ANSWER}; ${DISK_FULL}` },
    ],
    [
      'no answer, no spool',
      { answer: () => 'hang', spool: 'none' },
      undefined,
      { kind: 'lost', queued: 0, reason: NO_ANSWER },
    ],
    [
      'no answer, room for one, both in the record',
      { answer: () => 'hang', room: 1 },
      true,
      { kind: 'recorded', queued: 1, reason: NO_ANSWER },
    ],
    [
      'no answer, room for one, a record that lacks the end',
      { answer: () => 'hang', room: 1 },
      false,
      { kind: 'lost', queued: 1, reason: `${NO_ANSWER}; ${DISK_FULL}` },
    ],
  ])('%s', async (_what, options, isRecorded, outcome) => {
    expect((await outcomeOf(options, direct, isRecorded)).outcome).toEqual(outcome)
  })
})

test('the record is updated before a courier starts', async () => {
  const { steps } = await outcomeOf({ answer: () => BUSY }, direct, true)
  expect(steps.slice(-2)).toEqual(['record: queued', 'courier'])
})

test('no courier starts if nothing waits', async () => {
  expect((await outcomeOf({}, direct)).steps).toEqual(['sent run', 'sent complete'])
  expect((await outcomeOf({ answer: () => NOT_FOUND }, direct)).steps).not.toContain('courier')
  expect((await outcomeOf({ answer: () => 'hang', room: 0 }, direct)).steps).not.toContain('courier')
})

test('events behind earlier ones and events without an address are not sent', async () => {
  for (const route of [{ kind: 'behind-earlier' }, { kind: 'no-address', problem: 'why' }] as const) {
    const { outcome, steps } = await outcomeOf({}, route)
    const reason = route.kind === 'no-address' ? 'why' : BEHIND_EARLIER
    expect(outcome).toEqual({ kind: 'queued', tries: 0, reason })
    expect(steps).toEqual(['queued run', 'queued complete', 'courier'])
  }
})

test('an outcome is waiting if the spool holds an event, and undelivered if a warning was printed', () => {
  const outcomes: readonly SendOutcome[] = [
    { kind: 'delivered' },
    { kind: 'rejected', reason: 'why' },
    { kind: 'queued', tries: 0, reason: 'why' },
    { kind: 'recorded', queued: 0, reason: 'why' },
    { kind: 'lost', queued: 1, reason: 'why' },
    { kind: 'lost', queued: 0, reason: 'why' },
  ]
  expect(outcomes.map(isWaiting)).toEqual([false, false, true, true, true, false])
  expect(outcomes.map(isUndelivered)).toEqual([false, false, true, true, true, true])
})
