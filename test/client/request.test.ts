import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MESSAGE_SHARES } from '../../src/client/message-share.ts'
import { buildRequest, describeRequest } from '../../src/client/request.ts'
import type { Destination, TelemetryEvent } from '../../src/telemetry/event.ts'

const KEY = 'a1b2c3d4/5f60718'
const SECRETS = [KEY]

const keyed: Destination = {
  baseUrl: 'https://cronitor.link',
  access: { kind: 'key', apiKey: KEY },
  method: 'GET',
}
const anonymous: Destination = { ...keyed, access: { kind: 'anonymous' } }

const event: TelemetryEvent = {
  monitorKey: 'nightly-backup',
  state: 'fail',
  series: 's 1',
  host: 'web&1',
  env: 'pröd',
  statusCode: 3,
  metrics: [
    { name: 'duration', value: 1.5 },
    { name: 'count', value: 2 },
  ],
  message: { output: 'a=b\nc', earlierBytes: 0, reason: 'exit status 3' },
}

describe('a request', () => {
  test('has key and monitor in its path, and all other parameters in its query, in this order', () => {
    expect(buildRequest(event, keyed, SECRETS)).toEqual({
      method: 'GET',
      origin: 'https://cronitor.link',
      path:
        '/p/a1b2c3d4%2F5f60718/nightly-backup?state=fail&series=s%201&host=web%261&env=pr%C3%B6d&status_code=3' +
        '&metric=duration%3A1.500&metric=count%3A2&message=a%3Db%0Ac%0Aexit%20status%203',
    })
  })

  test('without a key is a GET with the parameters of the API’s anonymous operation', () => {
    expect(buildRequest(event, { ...anonymous, method: 'POST' }, SECRETS)).toEqual({
      method: 'GET',
      origin: 'https://cronitor.link',
      path:
        '/nightly-backup?state=fail&series=s%201&metric=duration%3A1.500&metric=count%3A2' +
        '&message=a%3Db%0Ac%0Aexit%20status%203',
    })
  })

  test('by HEAD carries no host, by POST it does', () => {
    expect(buildRequest(event, { ...keyed, method: 'HEAD' }, SECRETS).path).not.toContain('host=')
    expect(buildRequest(event, { ...keyed, method: 'POST' }, SECRETS)).toMatchObject({
      method: 'POST',
      path: expect.stringContaining('&host='),
    })
  })

  test('of a bare event has its state alone', () => {
    const bare: TelemetryEvent = { monitorKey: 'a/b ?é', state: 'run', metrics: [] }
    expect(buildRequest(bare, keyed, SECRETS).path).toBe('/p/a1b2c3d4%2F5f60718/a%2Fb%20%3F%C3%A9?state=run')
  })

  test.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', '/m'],
    ['http://h/base/path', 'http://h', '/base/path/m'],
    ['http://h:80/base/', 'http://h', '/base/m'],
  ])('to %s keeps its base path', (baseUrl, origin, path) => {
    const request = buildRequest({ monitorKey: 'm', state: 'ok', metrics: [] }, { ...anonymous, baseUrl }, [])
    expect(request).toEqual({ method: 'GET', origin, path: `${path}?state=ok` })
  })

  test('carries a secret in no parameter', () => {
    const leaky: TelemetryEvent = {
      ...event,
      series: KEY,
      host: `h-${encodeURIComponent(KEY)}`,
      env: KEY,
      metrics: [{ name: 'a1b2c3d4', value: 1 }],
      message: { output: `key ${KEY}`, earlierBytes: 0, reason: KEY },
    }
    const [, query = ''] = buildRequest(leaky, keyed, [KEY, 'a1b2c3d4']).path.split('?')
    expect(decodeURIComponent(query)).not.toContain('a1b2c3d4')
    expect(query).not.toContain('5f60718')
    expect(new URLSearchParams(query).get('message')).toBe('key [redacted]\n[redacted]')
  })

  test('keeps its state, even if a key is the same word', () => {
    const { path } = buildRequest({ monitorKey: 'm', state: 'complete', metrics: [] }, anonymous, [
      'complete',
    ])
    expect(path).toBe('/m?state=complete')
  })

  test('is at most 8,000 bytes long, the message being cut for it', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 100 })
    const output = fc.string({ unit: fc.constantFrom('x', '世', '🚀', ' '), maxLength: 4000, size: 'max' })
    fc.assert(
      fc.property(part, part, output, fc.constantFrom(...MESSAGE_SHARES), (host, series, text, message) => {
        const big: TelemetryEvent = {
          ...event,
          host,
          series,
          message: { output: text, earlierBytes: 9, reason: 'r' },
        }
        const { path } = buildRequest(big, keyed, SECRETS, { message })
        expect(path).toMatch(/^[\x21-\x7e]+$/)
        expect(path.length).toBeLessThanOrEqual(8000)
      }),
    )
  })

  test('shortens the message to fill its target up to the limit', () => {
    const big: TelemetryEvent = { ...event, message: { output: 'x'.repeat(5000), earlierBytes: 0 } }
    expect(buildRequest(big, keyed, SECRETS, { maxTargetBytes: 1000 }).path).toHaveLength(1000)
  })

  test('has no message if the limit leaves no room', () => {
    expect(buildRequest(event, keyed, SECRETS, { maxTargetBytes: 100 }).path).not.toContain('message')
  })

  test('gets shorter with each share of its message', () => {
    const big: TelemetryEvent = {
      ...event,
      message: { output: '世'.repeat(5000), earlierBytes: 0, reason: 'why' },
    }
    const [full = 0, half = 0, reason = 0, none = 0] = MESSAGE_SHARES.map(
      message => buildRequest(big, keyed, SECRETS, { message }).path.length,
    )
    expect(half).toBeLessThan(full * 0.6)
    expect(reason - none).toBe('&message=why'.length)
  })
})

describe('a request for an event that is late', () => {
  const late = { occurredAt: 1_790_000_000_900, now: 1_790_000_000_900 + 11_520_000, stamp: true }

  function paramsOf(path: string): URLSearchParams {
    return new URLSearchParams(path.split('?')[1])
  }

  test('has the time in whole Unix seconds, and the delay in front of its message', () => {
    const params = paramsOf(buildRequest(event, keyed, SECRETS, { late }).path)
    expect(params.get('stamp')).toBe('1790000000')
    expect(params.get('message')).toMatch(/^\[delayed 3h12m\] \S/)
  })

  test('leaves the time out if asked to, and has the delay as its message if the event has none', () => {
    const bare: TelemetryEvent = { monitorKey: 'm', state: 'run', metrics: [] }
    const params = paramsOf(buildRequest(bare, keyed, SECRETS, { late: { ...late, stamp: false } }).path)
    expect([...params]).toEqual([
      ['state', 'run'],
      ['message', '[delayed 3h12m]'],
    ])
  })

  test('has the same limits', () => {
    const output = fc.string({ unit: fc.constantFrom('x', '世', '🚀'), maxLength: 3000, size: 'max' })
    fc.assert(
      fc.property(output, fc.constantFrom(...MESSAGE_SHARES), (text, message) => {
        const big: TelemetryEvent = { ...event, message: { output: text, earlierBytes: 9, reason: 'r' } }
        const { path } = buildRequest(big, keyed, SECRETS, { message, late })
        expect(path.length).toBeLessThanOrEqual(8000)
        expect((paramsOf(path).get('message') ?? '').length).toBeLessThanOrEqual(2000)
        expect(paramsOf(path).has('message')).toBe(message !== 'none')
      }),
    )
    expect(buildRequest(event, keyed, SECRETS, { maxTargetBytes: 100, late }).path).not.toContain('message')
  })
})

describe('an event with a time of its own', () => {
  const late = { occurredAt: 1_790_000_000_000, now: 1_790_000_060_000, stamp: true }
  const stampsOf = (stamp: number, limits = {}) =>
    new URL(buildRequest({ ...event, stamp }, keyed, SECRETS, limits).path, 'http://x').searchParams.getAll(
      'stamp',
    )

  test.each([
    [1_780_000_000, '1780000000'],
    [1_780_000_000.25, '1780000000.25'],
    [0, '0'],
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
  ])('says so as %d, in decimal digits', (stamp, written) => {
    expect(stampsOf(stamp)).toEqual([written])
  })

  test('keeps its time if it is late', () => {
    expect(stampsOf(1_780_000_000, { late })).toEqual(['1780000000'])
  })
})

describe('a shown request', () => {
  test('has the key redacted', () => {
    const shown = describeRequest(buildRequest({ ...event, metrics: [] }, keyed, SECRETS), SECRETS)
    expect(shown).toMatch(/^GET https:\/\/cronitor\.link\/p\/\[redacted\]\/nightly-backup\?state=fail&/)
    expect(shown).not.toContain('5f60718')
  })

  test('has even a very short key redacted', () => {
    const short: Destination = { ...keyed, access: { kind: 'key', apiKey: 'k/y' } }
    const request = buildRequest({ monitorKey: 'm', state: 'ok', metrics: [] }, short, ['k/y'])
    expect(describeRequest(request, ['k/y', ''])).toBe('GET https://cronitor.link/p/[redacted]/m?state=ok')
  })
})
