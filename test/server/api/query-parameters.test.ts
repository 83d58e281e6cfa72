import { expect, test } from 'vitest'
import { anyText, oneOf, parseQuery, wholeNumber } from '../../../src/server/api/query-parameters.ts'

const READERS = { limit: wholeNumber(1, 1000), state: oneOf(['a', 'b']), env: anyText } as const

test('values are parsed by the names of the parameters', () => {
  expect(
    parseQuery(
      [
        ['limit', '1000'],
        ['state', 'b'],
        ['env', ''],
      ],
      READERS,
    ),
  ).toEqual({ kind: 'valid', values: { limit: 1000, state: 'b', env: '' } })
  expect(parseQuery([], READERS)).toEqual({ kind: 'valid', values: {} })
})

test.each([
  ['limit', '0', '1 to 1000'],
  ['limit', '1001', '1 to 1000'],
  ['limit', '1.5', 'whole number'],
  ['limit', '1e2', 'whole number'],
  ['limit', '-1', 'whole number'],
  ['limit', '+5', 'whole number'],
  ['limit', ' 5', 'whole number'],
  ['limit', '', 'whole number'],
  ['limit', '٣', 'whole number'],
  ['limit', '99999999999999999999', 'whole number'],
  ['state', 'c', 'a, b'],
  ['state', '', 'a, b'],
  ['limt', '5', 'no such parameter'],
  ['constructor', '5', 'no such parameter'],
  ['__proto__', '5', 'no such parameter'],
])('%s=%s is refused, and what is wrong is said', (name, text, words) => {
  const query = parseQuery([[name, text]], READERS)
  expect(query).toMatchObject({ kind: 'invalid', parameter: name })
  expect(query.kind === 'invalid' && query.reason).toContain(words)
})

test('a repeated parameter is refused', () => {
  expect(
    parseQuery(
      [
        ['limit', '5'],
        ['limit', '5'],
      ],
      READERS,
    ),
  ).toEqual({ kind: 'invalid', parameter: 'limit', reason: 'limit is given more than once' })
})
