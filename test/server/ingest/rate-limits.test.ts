import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimits, endpointName, noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { API_RATES } from '../../../src/telemetry/api-limits.ts'

const admitted = { kind: 'admitted' }

test('an endpoint may send 10 at once, and the eleventh is refused for a second', () => {
  const limits = createRateLimits()
  for (let count = 0; count < 10; count += 1) expect(limits.admit('a', 'ip', 0)).toEqual(admitted)
  expect(limits.admit('a', 'ip', 0)).toEqual({ kind: 'refused', retryAfterSeconds: 1 })
  expect(limits.admit('b', 'ip', 0)).toEqual(admitted)
  expect(limits.admit('a', 'ip', 1000)).toEqual(admitted)
})

test('an address may send 250 at once over all endpoints', () => {
  const limits = createRateLimits()
  for (let count = 0; count < 250; count += 1) expect(limits.admit(`m${count}`, 'ip', 0)).toEqual(admitted)
  expect(limits.admit('another', 'ip', 0)).toEqual({ kind: 'refused', retryAfterSeconds: 1 })
  expect(limits.admit('another', 'other-ip', 0)).toEqual(admitted)
})

test('without an address, the endpoint alone is limited, and no address loses a token', () => {
  const limits = createRateLimits()
  for (let count = 0; count < 300; count += 1)
    expect(limits.admit(`m${count}`, undefined, 0)).toEqual(admitted)
  for (let count = 0; count < 10; count += 1) expect(limits.admit('a', undefined, 0)).toEqual(admitted)
  expect(limits.admit('a', undefined, 0).kind).toBe('refused')
  expect(limits.admit('b', 'ip', 0)).toEqual(admitted)
})

test('the wait is rounded up to whole seconds', () => {
  const limits = createRateLimits({ endpoint: { perSecond: 0.4, burst: 1 }, address: API_RATES.address })
  limits.admit('a', 'ip', 0)
  expect(limits.admit('a', 'ip', 0)).toEqual({ kind: 'refused', retryAfterSeconds: 3 })
  expect(limits.admit('a', 'ip', 400)).toEqual({ kind: 'refused', retryAfterSeconds: 3 })
  expect(limits.admit('a', 'ip', 600)).toEqual({ kind: 'refused', retryAfterSeconds: 2 })
})

test('a request that one bucket refuses takes no token from the other', () => {
  const limits = createRateLimits({
    endpoint: { perSecond: 1, burst: 1 },
    address: { perSecond: 1, burst: 3 },
  })
  limits.admit('a', 'ip', 0)
  for (let count = 0; count < 10; count += 1) expect(limits.admit('a', 'ip', 0).kind).toBe('refused')
  expect(limits.admit('b', 'ip', 0)).toEqual(admitted)
  expect(limits.admit('c', 'ip', 0)).toEqual(admitted)
  for (let count = 0; count < 10; count += 1) expect(limits.admit('d', 'ip', 0).kind).toBe('refused')
  expect(limits.admit('d', 'other-ip', 0)).toEqual(admitted)
})

test('idle buckets are dropped', () => {
  const limits = createRateLimits()
  for (let count = 0; count < 100; count += 1) limits.admit(`m${count}`, `ip${count}`, count)
  expect(limits.size()).toBe(200)
  limits.admit('last', 'ip', 60_000)
  expect(limits.size()).toBe(2)
})

test('there are never more buckets than the limit, and used ones are kept', () => {
  const limits = createRateLimits(undefined, 20)
  for (let count = 0; count < 10; count += 1) limits.admit('busy', 'ip', 0)
  for (let count = 0; count < 15; count += 1) limits.admit(`m${count}`, 'ip', 0)
  expect(limits.admit('busy', 'ip', 0).kind).toBe('refused')
  for (let count = 0; count < 100; count += 1) limits.admit(`n${count}`, 'ip', 0)
  expect(limits.size()).toBe(21)
})

test('without limits every request is admitted', () => {
  for (let count = 0; count < 1000; count += 1) expect(noRateLimits.admit('a', 'ip', 0)).toEqual(admitted)
})

test('Retry-After is exact: a request is admitted then, and not a second earlier', () => {
  const rates = fc.record({
    perSecond: fc.constantFrom(0.1, 0.3, 1, 5, 50),
    burst: fc.integer({ min: 1, max: 20 }),
  })
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.constantFrom('a', 'b')), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(rates, rates, steps, (endpoint, address, sent) => {
      const limits = createRateLimits({ endpoint, address })
      let now = 0
      for (const [pause, name] of sent) {
        now += pause
        const admission = limits.admit(name, 'ip', now)
        if (admission.kind === 'admitted') continue
        // A refusal takes no token, so that both times can be tried.
        const after = admission.retryAfterSeconds
        if (after > 1) expect(limits.admit(name, 'ip', now + (after - 1) * 1000).kind).toBe('refused')
        now += after * 1000
        expect(limits.admit(name, 'ip', now)).toEqual(admitted)
      }
    }),
  )
})

test('requests with an unknown key have a budget of their own', () => {
  const limits = createRateLimits({
    endpoint: { perSecond: 1, burst: 1 },
    address: { perSecond: 1, burst: 3 },
  })
  for (let count = 0; count < 3; count += 1) expect(limits.admitUnknownKey('ip', 0)).toEqual(admitted)
  expect(limits.admitUnknownKey('ip', 0)).toEqual({ kind: 'refused', retryAfterSeconds: 1 })
  expect(limits.admitUnknownKey('other-ip', 0)).toEqual(admitted)
  for (const name of ['a', 'b', 'c']) expect(limits.admit(name, 'ip', 0)).toEqual(admitted)
  expect(limits.admitUnknownKey('ip', 1000)).toEqual(admitted)
})

test('unknown keys at an endpoint have its limit as well', () => {
  const limits = createRateLimits()
  for (let count = 0; count < 10; count += 1) {
    expect(limits.admitUnknownKey('ip', 0, 'readers')).toEqual(admitted)
  }
  expect(limits.admitUnknownKey('ip', 0, 'readers').kind).toBe('refused')
  expect(limits.admitUnknownKey('ip', 0)).toEqual(admitted)
})

test('different endpoints have different names', () => {
  const names = [
    endpointName(undefined, 'b'),
    endpointName('a', 'b'),
    endpointName('a b', 'b'),
    endpointName('a', 'a'),
    endpointName(' ', 'b'),
  ]
  expect(new Set(names).size).toBe(names.length)
})
