import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import { requestToEvent } from '../../../src/server/ingest/request-to-event.ts'
import { checkRequest } from '../../support/api-validator.ts'

/** Mostly right values, so that a request of several parts is often right. */
function mostly<T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: right, weight: 8 }, { arbitrary: wrong, weight: 1 })
}

const apiKey = mostly(fc.constantFrom('key', '%41'), fc.constantFrom('%ff', ''))
const monitorKey = mostly(
  fc.constantFrom('job', 'a%2Fb', '%C3%A4', 'P'),
  fc.constantFrom('%ff', 'a%20b', '%00', '..', '%2e', '', 'k'.repeat(129)),
)
const path = mostly(
  fc.oneof(
    fc.tuple(apiKey, monitorKey).map(([api, monitor]) => `/p/${api}/${monitor}`),
    monitorKey.map(monitor => `/${monitor}`),
    // With an API key in the path, the reserved names of the server are monitor keys too.
    fc.constantFrom('/p/key/p', '/p/key/api'),
  ),
  fc.constantFrom('/', '/p/', '/p/key', '/p/key/job/', '//job', '//p/key/job', '/P/key/job'),
)

const values: Readonly<Record<string, { right: readonly string[]; wrong: readonly string[] }>> = {
  state: { right: ['run', 'complete', 'fail', 'ok', '%72un'], wrong: ['OK', '', 'run+'] },
  env: { right: ['production', '', '%C3%A4'], wrong: ['%e4'] },
  host: { right: ['h', ''], wrong: ['%'] },
  message: {
    right: ['m', '', 'a+b', 'm'.repeat(2000), '%F0%9F%98%80'.repeat(600)],
    wrong: ['%', '%ED%A0%80', 'm'.repeat(2001)],
  },
  metric: {
    right: ['count:1', 'duration:1.500', 'x:-1e-3', 'x:.5', 'x:1.', `${'n'.repeat(63)}:0`],
    wrong: ['x:', ':1', 'x', 'x=1', 'x:1:1', 'a.b:1', 'x:1,y:2', 'x:NaN', `${'n'.repeat(64)}:0`],
  },
  series: { right: ['1', ''], wrong: ['%c3'] },
  status_code: { right: ['0', '3', '-1'], wrong: ['', '007', '1.0', '1e2', '%203', 'x'] },
  stamp: {
    right: ['0', '1732450000', '1732450000.123', '007'],
    wrong: ['', '-1', '-0', '1e9', '.5', '1.', '%201', '0x10', 'x', '9'.repeat(400)],
  },
}
const names = mostly(
  fc.shuffledSubarray(Object.keys(values)),
  fc.array(fc.constantFrom(...Object.keys(values))),
)
const query = names.chain(chosen =>
  fc
    .tuple(
      ...chosen.map(name => {
        const { right = [], wrong = [] } = values[name] ?? {}
        return mostly(fc.constantFrom(...right), fc.constantFrom(...wrong)).map(value => `${name}=${value}`)
      }),
      fc.constantFrom('state=run', 'metric=count:2', '', '', 'other=1'),
    )
    .map(pairs => pairs.join('&')),
)

const POLICY = {
  redactor: createKeyRedactor(),
  limits: noRateLimits,
  keys: undefined,
  allowAnonymous: true,
  clock: () => 0,
  wallClock: () => 0,
}

test('with --strict, the server accepts a request exactly if the API description does', () => {
  const seen = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'PUT'), path, query, (method, path, query) => {
      const target = `${path}?${query}`
      const decide = (isStrict: boolean) =>
        requestToEvent({ method, target, address: '127.0.0.1' }, { ...POLICY, isStrict })
      const decision = decide(true)
      const taken = decision.kind === 'record'
      // The server accepts a slightly longer target than the clients of this project send, and ignores undeclared
      // parameters.
      const problems = checkRequest({ method, url: target, headers: {} }).filter(
        text => !/bytes|additional properties/.test(text),
      )
      expect({ target, taken, problems }).toEqual({
        target,
        taken: problems.length === 0,
        problems,
      })
      // Without --strict, no event is lost that --strict records, nor a part of it.
      if (decision.kind === 'record')
        expect(decide(false)).toMatchObject({ kind: 'record', event: decision.event })
      seen[taken ? 'taken' : 'refused'] += 1
    }),
    { numRuns: 2000 },
  )
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50)
})
