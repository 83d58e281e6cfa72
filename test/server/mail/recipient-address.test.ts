import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../../src/server/mail/recipient-address.ts'
import { checkMonitorKey } from '../../../src/telemetry/monitor-key.ts'

const recipient = (apiKey: string | undefined, monitorKey: string) => ({
  kind: 'recipient',
  apiKey,
  monitorKey,
})

test.each([
  ['key+nightly@host', 'key', 'nightly'],
  ['key+nightly@any.host', 'key', 'nightly'],
  ['key+a+b@host', 'key', 'a+b'],
  ['nightly@host', undefined, 'nightly'],
  ['a%2Bb@host', undefined, 'a+b'],
  ['k%2Bey+a%40b@host', 'k+ey', 'a@b'],
  ['key+50%25@host', 'key', '50%'],
  ['key+t%C3%A4glich@host', 'key', 'täglich'],
  ['key+täglich@host', 'key', 'täglich'],
  ['"key+nightly"@host', 'key', 'nightly'],
  ['"key+a\\"b"@host', 'key', 'a"b'],
  ['"key+a@b"@host', 'key', 'a@b'],
  ['key+a/b@[127.0.0.1]', 'key', 'a/b'],
])('%s', (address, apiKey, monitorKey) => {
  expect(parseAddress(address)).toEqual(recipient(apiKey, monitorKey))
})

test.each([
  ['postmaster', 'has no host'],
  ['@host', 'has a monitor key that is empty'],
  ['key+@host', 'has a monitor key that is empty'],
  ['+nightly@host', 'has no API key before its +'],
  ['key+..@host', 'has a monitor key that is a dot segment of a path'],
  ['key+a%20b@host', 'has a monitor key that contains white space'],
  ['key+a%0Ab@host', 'has a monitor key that contains white space'],
  ['key+a%00b@host', 'has a monitor key that contains a control character'],
  [`key+${'m'.repeat(129)}@host`, 'has a monitor key that has more than 128 characters'],
  ['key+50%@host', 'has a % that is not percent-encoding; write %25'],
  ['50%+nightly@host', 'has a % that is not percent-encoding; write %25'],
  ['key+%FF@host', 'has a % that is not percent-encoding; write %25'],
  ['key+\ufffd@host', 'is quoted wrongly or is not UTF-8'],
  ['"key+a@host', 'is quoted wrongly or is not UTF-8'],
  ['key+"a"@host', 'is quoted wrongly or is not UTF-8'],
])('%s %s', (address, reason) => {
  expect(parseAddress(address)).toEqual({ kind: 'wrong', reason })
})

describe('after AUTH', () => {
  const login = { isKey: (text: string) => text === 'secret+key' || text === 'other' }

  test.each([
    ['nightly@host', undefined, 'nightly'],
    ['a+b@host', undefined, 'a+b'],
    ['+b@host', undefined, '+b'],
    ['other+b@host', 'other', 'b'],
    ['secret%2Bkey+b@host', 'secret+key', 'b'],
  ])('%s', (address, apiKey, monitorKey) => {
    expect(parseAddress(address, login)).toEqual(recipient(apiKey, monitorKey))
  })
})

const monitorKeys = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter(key => checkMonitorKey(key) === undefined && !key.includes('\ufffd'))
const apiKeys = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter(key => !/\p{Surrogate}/u.test(key))

test('percent-encoded addresses are read back', () => {
  fc.assert(
    fc.property(fc.option(apiKeys, { nil: undefined }), monitorKeys, (apiKey, monitorKey) => {
      const front = apiKey === undefined ? '' : `${encodeURIComponent(apiKey)}+`
      const address = `${front}${encodeURIComponent(monitorKey)}@host`
      expect(parseAddress(address)).toEqual(recipient(apiKey, monitorKey))
    }),
  )
})

test('a reason never quotes the address', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), garbage => {
      const read = parseAddress(`S3CR3TKEY+${garbage}%@host`)
      if (read.kind === 'wrong') expect(read.reason).not.toContain('S3CR3TKEY')
      else expect(read.apiKey).toBe('S3CR3TKEY')
    }),
  )
})
