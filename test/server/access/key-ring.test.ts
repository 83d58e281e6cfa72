import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyRing, parseKeys } from '../../../src/server/access/key-ring.ts'

test('exactly the given keys are known', () => {
  const ring = createKeyRing(['first-key', 'second-key'])
  expect(['first-key', 'second-key'].map(ring.isKnown)).toEqual([true, true])
  for (const key of ['', 'first', 'first-key ', 'First-key', 'third-key'])
    expect(ring.isKnown(key)).toBe(false)
  expect(createKeyRing([]).isKnown('')).toBe(false)
})

test('after a replacement only the new keys are known', () => {
  const ring = createKeyRing(['old'])
  ring.replace(['new'])
  expect(['old', 'new'].map(ring.isKnown)).toEqual([false, true])
})

test.each([
  ['one\n', ['one']],
  ['one\r\ntwo\r\n', ['one', 'two']],
  ['# a comment\n\n  one  \n\t# another\ntwo#not-a-comment', ['one', 'two#not-a-comment']],
  ['\ufeffone', ['one']],
])('%j holds %j', (text, keys) => {
  expect(parseKeys(text)).toEqual({ ok: true, keys })
})

test.each(['', '\n\n', '# one\n'])('%j has no key', text => {
  expect(parseKeys(text)).toEqual({ ok: false, problem: 'has no key' })
})

test.each([
  ['secret one', 1],
  ['one\nsécret', 2],
  ['# one\n\nsecret\u0000', 3],
])('what is wrong in %j is told by its line, without what stands there', (text, line) => {
  const parsed = parseKeys(text)
  if (parsed.ok) throw new Error('it is wrong')
  expect(parsed.problem).toMatch(new RegExp(`in line ${line}$`))
  expect(parsed.problem).not.toMatch(/secret|sécret/)
})

test('parsed keys are known', () => {
  const key = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map(code => String.fromCharCode(code)),
    minLength: 1,
  })
  fc.assert(
    fc.property(
      fc.array(
        key.filter(text => !text.startsWith('#')),
        { minLength: 1 },
      ),
      keys => {
        const parsed = parseKeys(keys.join('\n'))
        if (!parsed.ok) throw new Error(parsed.problem)
        const ring = createKeyRing(parsed.keys)
        expect(keys.every(ring.isKnown)).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})
