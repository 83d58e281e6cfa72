import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTarget } from '../../../src/server/http/request-target.ts'

test('the path is split before it is decoded', () => {
  expect(parseTarget('/p/k%2Fey/a+b%20c?x=1+2&y=%2B&z')).toEqual({
    kind: 'target',
    authority: undefined,
    segments: ['p', 'k/ey', 'a+b c'],
    query: [
      ['x', '1 2'],
      ['y', '+'],
      ['z', ''],
    ],
  })
})

test('a target with a host has its authority', () => {
  expect(parseTarget('HTTP://example.com:80/job?state=run')).toMatchObject({
    authority: 'example.com:80',
    segments: ['job'],
    query: [['state', 'run']],
  })
})

test.each([
  '',
  '*',
  'job',
  '?state=run',
  '/a b',
  '/a#b',
  '/ä',
  '/%',
  '/%4',
  '/%zz',
  '/%ff',
  '/%ed%a0%80',
  '/?%ff=1',
])('malformed: %j', raw => {
  expect(parseTarget(raw)).toMatchObject({ kind: 'malformed' })
})

test('the error for a malformed value names its parameter', () => {
  expect(parseTarget('/job?state=run&message=100%')).toMatchObject({
    kind: 'malformed',
    parameter: 'message',
  })
})

/** Any code point; fast-check's own unit 'binary' takes most of a second to get ready. */
const unit = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(point => String.fromCodePoint(point))

test('the output of encodeURIComponent is read back', () => {
  const word = fc.string({ unit, minLength: 1 })
  fc.assert(
    fc.property(word, word, word, (segment, name, value) => {
      const target = `/${encodeURIComponent(segment)}?${encodeURIComponent(name)}=${encodeURIComponent(value)}`
      expect(parseTarget(target)).toMatchObject({ segments: [segment], query: [[name, value]] })
      const form = new URLSearchParams([[name, value]])
      expect(parseTarget(`/x?${form}`)).toMatchObject({ query: [[name, value]] })
    }),
  )
})

test('no string makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit })), raw => {
      parseTarget(raw)
      parseTarget(`/${raw}?${raw}=${raw}`)
    }),
  )
})
