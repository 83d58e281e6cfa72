import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { News } from '../../../src/server/store/store.ts'
import { STATES } from '../../../src/telemetry/event.ts'
import { event, NOW, testStore } from './support.ts'

const metricValue = fc.double({ noNaN: true, noDefaultInfinity: true }).filter(value => !Object.is(value, -0))

const kinds = (answers: readonly { readonly kind: string }[]) => answers.map(({ kind }) => kind)

test('an event is read as it was recorded', async () => {
  const store = await testStore()
  const full = event('complete', 1, {
    series: 'a',
    host: 'h',
    env: 'prod',
    statusCode: 3,
    metrics: [
      { name: 'duration', value: 0.1 },
      { name: 'rows', value: -3e21 },
    ],
    message: "line 1\nline 2 'quoted' \u{1F600}",
    stamp: NOW / 1000 + 0.25,
  })
  const bare = event('ok', 2)
  await store.record(full)
  await store.record(bare)
  expect(await store.events({ after: 0, limit: 10 })).toEqual([
    { ...full, id: 1 },
    { ...bare, id: 2 },
  ])
  expect(await store.events({ after: 1, limit: 10 })).toEqual([{ ...bare, id: 2 }])
  expect(await store.events({ after: 0, limit: 1 })).toEqual([{ ...full, id: 1 }])
})

test('any event is read as it was recorded', async () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }).filter(one => !one.includes('\0'))
  const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  const anyEvent = fc.record(
    {
      receivedAt: fc.integer({ min: NOW, max: 2 * NOW }),
      monitorKey: key,
      state: fc.constantFrom(...STATES),
      series: text,
      host: text,
      env: text,
      statusCode: fc.maxSafeInteger().filter(code => !Object.is(code, -0)),
      metrics: fc.array(fc.record({ name: fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/), value: metricValue }), {
        maxLength: 3,
      }),
      message: text,
      stamp: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    },
    { requiredKeys: ['receivedAt', 'monitorKey', 'state', 'metrics'] },
  )
  const store = await testStore()
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 10 }), async events => {
      const { event: after } = await store.newest()
      const answers = await Promise.all(events.map(store.record))
      const expected = answers.flatMap(answer => (answer.kind === 'stored' ? [answer.event] : []))
      expect(await store.events({ after, limit: 1000 })).toEqual(expected)
      for (const [index, answer] of answers.entries()) {
        if (answer.kind === 'stored') expect(answer.event).toMatchObject({ ...events[index] })
      }
    }),
    { numRuns: 40 },
  )
})

test('the answer is the stored event, also if characters were replaced', async () => {
  const store = await testStore()
  const answer = await store.record(event('ok', 0, { message: 'a\0b', host: '\0', series: 's\0', env: 'e' }))
  const [stored] = await store.events({ after: 0, limit: 1 })
  expect(answer).toEqual({ kind: 'stored', event: stored })
  expect(stored).toMatchObject({ message: 'a\uFFFDb', host: '\uFFFD', series: 's\uFFFD', env: 'e' })
})

test.each(['run', 'complete', 'fail'] as const)('%s of a series is stored once', async state => {
  const store = await testStore()
  const one = event(state, 0, { series: 'a' })
  expect(await store.record(one)).toMatchObject({ kind: 'stored', event: { id: 1 } })
  expect(await store.record({ ...one, receivedAt: NOW + 9000, message: 'again' })).toEqual({
    kind: 'repeated',
  })
  expect(await store.record({ ...one, monitorKey: 'other' })).toMatchObject({ kind: 'stored' })
  expect(await store.events({ after: 0, limit: 10 })).toHaveLength(2)
})

test('ok, and events without a series, are stored each time', async () => {
  const store = await testStore()
  for (const one of [
    event('ok', 0, { series: 'a' }),
    event('run', 0),
    event('complete', 0),
    event('fail', 0),
  ]) {
    expect(kinds([await store.record(one), await store.record(one)])).toEqual(['stored', 'stored'])
  }
})

test('an event that is repeated within a group is stored once', async () => {
  const store = await testStore()
  const one = event('complete', 0, { series: 'a' })
  expect(kinds(await Promise.all([one, one, one].map(store.record)))).toEqual([
    'stored',
    'repeated',
    'repeated',
  ])
})

test('events that are recorded at the same time are stored in the order of the calls', async () => {
  const store = await testStore()
  const seconds = Array.from({ length: 2500 }, (_, index) => index)
  const answers = await Promise.all(seconds.map(second => store.record(event('ok', second))))
  expect(answers.map(answer => answer.kind === 'stored' && answer.event.id)).toEqual(
    seconds.map(second => second + 1),
  )
})

test('listeners are not called for a repeated event', async () => {
  const store = await testStore()
  const one = event('complete', 0, { series: 'a' })
  await store.record(one)
  const news: News[] = []
  store.onStored(each => news.push(each))
  await store.record(one)
  expect(news).toEqual([])
})

test('a cursor is kept by its name', async () => {
  const store = await testStore()
  expect(await store.cursor('mail')).toBe(0)
  await store.setCursor('mail', 12)
  await store.setCursor('mail', 13)
  await store.setCursor('relay', 1)
  expect([await store.cursor('mail'), await store.cursor('relay')]).toEqual([13, 1])
  expect(await store.newest()).toEqual({ event: 0, change: 0 })
})
