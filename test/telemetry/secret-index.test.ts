import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redact, redactRanges } from '../../src/telemetry/redact.ts'
import { createSecretIndex } from '../../src/telemetry/secret-index.ts'

test('it finds what the search for each secret finds', () => {
  // Few characters, so that secrets overlap, contain each other and begin alike.
  const piece = fc.constantFrom('a', 'b', '%', '/', '"', '\\', 'é', 'key-', '\u{1f600}')
  const text = (min: number, max: number) =>
    fc.array(piece, { minLength: min, maxLength: max }).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(text(1, 14), { maxLength: 6 }), fc.array(text(0, 20)), (secrets, parts) => {
      const printed = parts
        .flatMap((part, index) => {
          const secret = secrets[index % Math.max(1, secrets.length)] ?? ''
          return [part, [secret, encodeURIComponent(secret), JSON.stringify(secret)][index % 3] ?? '']
        })
        .join('')
      const index = createSecretIndex(secrets)
      expect(redactRanges(printed, index.find(printed))).toBe(redact(printed, secrets))
    }),
  )
})

test('a secret that is added later is found too', () => {
  const index = createSecretIndex(['first-secret'])
  expect(index.find('a second-secret')).toEqual([])
  index.add('second-secret')
  expect(index.find('a second-secret')).toEqual([{ from: 2, to: 15 }])
})

test('secrets of fewer than 8 characters are not looked for', () => {
  expect(createSecretIndex(['seven77', '']).find('seven77 and more')).toEqual([])
})
