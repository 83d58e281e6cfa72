import { expect, test } from 'vitest'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import type { EventFields } from '../../../src/server/ingest/telemetry-parameters.ts'

const fields = (more: Partial<EventFields>): EventFields => ({ state: 'fail', metrics: [], ...more })

test('all keys of the file are removed from all texts of an event', () => {
  const { fields: clean } = createKeyRedactor(['key-of-the-first', 'key-of-the-second'])
  const dirty = fields({
    message: 'key-of-the-second, then key-of-the-first',
    series: 'x-key-of-the-first',
    host: 'key-of-the-second',
    env: 'key-of-the-first',
  })
  expect(clean(dirty, [])).toEqual(
    fields({
      message: '[redacted], then [redacted]',
      series: 'x-[redacted]',
      host: '[redacted]',
      env: '[redacted]',
    }),
  )
})

test('a key is recognised percent-encoded, and escaped as in JSON', () => {
  const { text } = createKeyRedactor(['a/b"c\\d+e'])
  expect(text('k=a%2Fb%22c%5Cd%2Be&')).toBe('k=[redacted]&')
  expect(text('k=a%2fb%22c%5cd%2be&')).toBe('k=[redacted]&')
  expect(text(JSON.stringify({ k: 'a/b"c\\d+e' }))).toBe('{"k":"[redacted]"}')
  expect(text('{"k":"a\\/b\\"c\\\\d+e"}')).toBe('{"k":"[redacted]"}')
})

test('an event without a key is not copied, and short keys are ordinary words', () => {
  const { fields: clean, remember } = createKeyRedactor(['secret'])
  remember('backup')
  const event = fields({ message: 'the secret backup', env: 'production' })
  expect(clean(event, ['secret'])).toBe(event)
})

test('replaced keys of the file are no longer looked for, and the new ones are', () => {
  const { text, replace } = createKeyRedactor(['the-old-key'])
  replace(['the-new-key'])
  expect(text('the-old-key the-new-key')).toBe('the-old-key [redacted]')
})

test('without a file, the keys that were used are removed; at most a thousand are remembered', () => {
  const { text, remember } = createKeyRedactor()
  expect(text('used-key-0 used-key-1')).toBe('used-key-0 used-key-1')
  remember('used-key-0')
  expect(text('used-key-0 used-key-1')).toBe('[redacted] used-key-1')
  for (let count = 1; count <= 1000; count += 1) {
    remember(`used-key-${count}`)
    remember('used-key-0')
  }
  expect(text('used-key-0 used-key-1 used-key-999')).toBe('[redacted] used-key-1 [redacted]')
})

test("without a file, another sender's key stays in an env, host or series: it may be an ordinary name", () => {
  const { fields: clean, remember } = createKeyRedactor()
  remember('production')
  remember('my-own-key')
  const event = fields({
    message: 'production my-own-key',
    env: 'production',
    host: 'my-own-key.example',
    series: 'production',
  })
  expect(clean(event, ['my-own-key'])).toEqual({
    ...event,
    message: '[redacted] [redacted]',
    host: '[redacted].example',
  })
  expect(clean(event, ['production'])).toEqual({
    ...event,
    message: '[redacted] [redacted]',
    env: '[redacted]',
    series: '[redacted]',
  })
})

test('keys that overlap leave no part behind, whether from the file or used', () => {
  const { text, remember } = createKeyRedactor(['first-key-and'])
  remember('key-and-second')
  expect(text('<first-key-and-second>')).toBe('<[redacted]>')
})
