import { expect, test } from 'vitest'
import { readAccess } from '../../../src/server/access/credentials.ts'
import { createKeyRing } from '../../../src/server/access/key-ring.ts'

const keys = createKeyRing(['the-key'])
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test.each([
  'Bearer the-key',
  'bearer  the-key',
  basic('the-key:'),
  basic(':the-key'),
  basic('anybody:the-key'),
  basic('the-key'),
])('%s may read', authorization => {
  expect(readAccess(authorization, () => false, keys)).toBe('allowed')
})

test.each([
  'the-key',
  'Bearer',
  'Bearer wrong',
  'Bearer the-key, the-key',
  'Token the-key',
  'Basic !',
  basic('the:key'),
  basic('x:the-key:y'),
])('%s is a wrong key', authorization => {
  expect(readAccess(authorization, () => true, keys)).toBe('wrong-key')
})

test('without a header the session decides', () => {
  expect(readAccess(undefined, () => true, keys)).toBe('allowed')
  expect(readAccess(undefined, () => false, keys)).toBe('no-key')
  expect(readAccess('', () => false, keys)).toBe('no-key')
})
