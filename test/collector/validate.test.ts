import { describe, expect, test } from 'vitest'
import { parseTarget } from '../../src/collector/target.ts'
import { type Operation, validate } from '../../src/collector/validate.ts'

function check(operation: Operation, query: string) {
  const target = parseTarget(`/?${query}`)
  if (target.kind !== 'target') throw new Error('the test gives a malformed query')
  return validate(operation, target.query)
}

const text = (count: number, character = 'm') => encodeURIComponent(character.repeat(count))

test('each parameter becomes a field', () => {
  const query =
    'state=fail&env=e&host=h&message=a+b%20c&metric=duration:1.5&metric=x:-2e1&series=s&status_code=-3&stamp=1732450000.123'
  expect(check('get', query)).toEqual({
    kind: 'valid',
    fields: {
      state: 'fail',
      env: 'e',
      host: 'h',
      message: 'a b c',
      metrics: [
        { name: 'duration', value: 1.5 },
        { name: 'x', value: -20 },
      ],
      series: 's',
      statusCode: -3,
      stamp: 1732450000.123,
    },
  })
})

describe('taken', () => {
  test.each<[Operation, string]>([
    ['get', 'state=run'],
    ['post', 'state=complete&host=h&env=e&status_code=0'],
    ['head', 'state=ok&env=e&status_code=0'],
    ['anonymous', 'state=fail&message=m&metric=count:1&series=s'],
    ['get', 'state=run&stamp=0'],
    ['post', 'state=run&stamp=1732450000'],
    ['head', 'state=run&stamp=1732450000.5'],
    ['anonymous', 'state=run&stamp=1732450000.123456'],
    ['get', '&&state=run&'],
    ['get', 'state=run&env=&host=&series=&message='],
    ['get', `state=run&message=${text(2000)}`],
    ['get', `state=run&message=${text(2000, '\u{1f600}')}`],
    ['get', `state=run&metric=${'n'.repeat(63)}:.5`],
  ])('%s %s', (operation, query) => {
    expect(check(operation, query).kind).toBe('valid')
  })
})

describe('refused, with the parameter that is to blame', () => {
  test.each<[Operation, string, string]>([
    ['get', '', 'state'],
    ['get', 'state', 'state'],
    ['get', 'state=', 'state'],
    ['get', 'state=Run', 'state'],
    ['get', 'state=run&state=run', 'state'],
    ['get', 'state=run&series=1&series=1', 'series'],
    ['get', 'state=run&other=1', 'other'],
    ['get', 'state=run&__proto__=1', '__proto__'],
    ['get', 'state=run&toString=1', 'toString'],
    ['head', 'state=run&host=h', 'host'],
    ['anonymous', 'state=run&host=h', 'host'],
    ['anonymous', 'state=run&env=e', 'env'],
    ['anonymous', 'state=run&status_code=0', 'status_code'],
    ['get', `state=run&message=${text(2001)}`, 'message'],
    ['get', `state=run&message=${text(2001, '\u{1f600}')}`, 'message'],
    ['get', 'state=run&status_code=', 'status_code'],
    ['get', 'state=run&status_code=1.0', 'status_code'],
    ['get', 'state=run&status_code=+1', 'status_code'],
    ['get', 'state=run&status_code=0x1', 'status_code'],
    ['get', 'state=run&status_code=99999999999999999999', 'status_code'],
    ...['', '-1', '-0', '+1', '1e9', '.5', '1.', '1,5', '0x10', 'NaN', 'Infinity', '+1732450000', '1%0A'].map(
      (stamp): [Operation, string, string] => ['get', `state=run&stamp=${stamp}`, 'stamp'],
    ),
    ['get', `state=run&stamp=${'9'.repeat(400)}`, 'stamp'],
    ['get', 'state=run&stamp=1&stamp=1', 'stamp'],
    ['get', 'state=run&metric=', 'metric'],
    ['get', 'state=run&metric=duration', 'metric'],
    ['get', 'state=run&metric=duration=1', 'metric'],
    ['get', 'state=run&metric=duration:', 'metric'],
    ['get', 'state=run&metric=duration:Infinity', 'metric'],
    ['get', 'state=run&metric=duration:1e999', 'metric'],
    ['get', 'state=run&metric=duration:1:2', 'metric'],
    ['get', 'state=run&metric=:1', 'metric'],
    ['get', 'state=run&metric=a.b:1', 'metric'],
    ['get', `state=run&metric=${'n'.repeat(64)}:1`, 'metric'],
    ['get', 'state=run&metric=count:1&metric=count', 'metric'],
  ])('%s %s', (operation, query, parameter) => {
    expect(check(operation, query)).toMatchObject({ kind: 'invalid', parameter, reason: expect.any(String) })
  })
})
