import { describe, expect, test } from 'vitest'
import { parseTarget } from '../../../src/server/http/request-target.ts'
import { type Operation, validateParameters } from '../../../src/server/ingest/telemetry-parameters.ts'

function check(operation: Operation, query: string) {
  const target = parseTarget(`/?${query}`)
  if (target.kind !== 'target') throw new Error('the test gives a malformed query')
  return validateParameters(operation, target.query)
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

describe('accepted', () => {
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

test('an empty series is ignored', () => {
  expect(check('get', 'state=fail&series=')).toMatchObject({ kind: 'valid' })
  expect(JSON.stringify(check('get', 'state=fail&series='))).not.toContain('series')
})

describe('refused, with the name of the wrong parameter', () => {
  test.each<[Operation, string, string]>([
    ['get', '', 'state'],
    ['get', 'state', 'state'],
    ['get', 'state=', 'state'],
    ['get', 'state=Run', 'state'],
    ['get', 'state=run&state=run', 'state'],
    ['get', 'state=run&series=1&series=1', 'series'],
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

describe('ignored, since the operation does not declare it', () => {
  test.each<[Operation, string]>([
    ['get', 'other=1'],
    ['get', 'other=1&other=2'],
    ['get', '__proto__=1'],
    ['get', 'toString=1'],
    ['get', 'try=1&schedule=*+*+*+*+*'],
    ['get', 'msg=m&duration=1'],
    ['head', 'host=h'],
    ['head', 'host=h&host=h'],
    ['anonymous', 'host=h'],
    ['anonymous', 'env=e'],
    ['anonymous', 'status_code=wrong'],
  ])('%s %s', (operation, query) => {
    const fields = { state: 'run', metrics: [] }
    expect(check(operation, `${query}&state=run`)).toEqual({ kind: 'valid', fields })
  })
})

describe('parameters of the vendor’s command-line tool', () => {
  test('msg is the message, and duration a metric', () => {
    const query =
      'state=complete&try=1&stamp=1732450000.1&msg=done&host=h&duration=1.5&series=s&status_code=0&metric=count:3&metric=x=-2&env=e'
    expect(check('ping', query)).toEqual({
      kind: 'valid',
      fields: {
        state: 'complete',
        stamp: 1732450000.1,
        message: 'done',
        host: 'h',
        metrics: [
          { name: 'duration', value: 1.5 },
          { name: 'count', value: 3 },
          { name: 'x', value: -2 },
        ],
        series: 's',
        statusCode: 0,
        env: 'e',
      },
    })
    expect(check('ping', 'state=run&message=m')).toMatchObject({ kind: 'valid', fields: { message: 'm' } })
  })

  test.each([
    ['state=run&msg=1&msg=2', 'msg'],
    ['state=run&msg=1&message=2', 'message'],
    [`state=run&msg=${text(2001)}`, 'msg'],
    ['state=run&duration=', 'duration'],
    ['state=run&duration=NaN', 'duration'],
    ['state=run&duration=1s', 'duration'],
    ['state=run&duration=1&duration=1', 'duration'],
    ['state=run&metric=x', 'metric'],
    ['state=run&metric=x=', 'metric'],
  ])('must be valid as well: %s', (query, parameter) => {
    expect(check('ping', query)).toMatchObject({ kind: 'invalid', parameter })
  })
})
