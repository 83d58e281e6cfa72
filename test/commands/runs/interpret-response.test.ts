import { expect, test } from 'vitest'
import { interpretResponse, type RunsServer } from '../../../src/commands/runs/interpret-response.ts'

const URL = 'http://127.0.0.1:8427'
const ASKED: RunsServer = { url: URL, hasKey: true, monitorKey: undefined }

const answered = (status: number, json?: unknown, asked: Partial<RunsServer> = {}) =>
  interpretResponse({ kind: 'answer', status, json }, { ...ASKED, ...asked }, 0)

test('status 200 with a page of runs is a page', () => {
  const page = { runs: [{ id: 2, monitor: 'a', state: 'lost', future: 'field' }], next: 2, newest: 7 }
  expect(answered(200, page)).toEqual({ kind: 'page', page })
  expect(answered(200, { runs: [], newest: 0 })).toMatchObject({ kind: 'page' })
})

test.each([
  undefined,
  null,
  [],
  'text',
  { runs: 'none', newest: 1 },
  { runs: [] },
  { runs: [], newest: 1, next: 'x' },
  { runs: [{ id: 1, monitor: 'a', state: 'other' }], newest: 1 },
  { runs: [{ id: 1, monitor: 'a', state: 'lost', message: 5 }], newest: 1 },
  { runs: [{ monitor: 'a', state: 'lost' }], newest: 1 },
  { runs: [null], newest: 1 },
])('200 with %j is of another server', json => {
  expect(answered(200, json)).toMatchObject({
    kind: 'problem',
    isTemporary: false,
    problem: `${URL} does not answer as cronitor serve does: check --url`,
  })
})

test.each([
  [401, { error: 'no key' }, {}, /does not know the API key: use one/],
  [401, { error: 'no key' }, { hasKey: false }, /asks for an API key: set CRONITOR_API_KEY_FILE/],
  [302, undefined, {}, /redirect.*check --url$/],
  [404, { error: 'no such monitor', parameter: 'monitor' }, { monitorKey: 'a' }, /no monitor a at /],
  [404, { error: 'no such path' }, {}, /refuses the request: no such path \(HTTP status 404\)$/],
  [404, undefined, {}, /does not answer as cronitor serve does \(HTTP status 404\): check --url/],
  [
    403,
    { error: 'the Host header names another host' },
    {},
    /refuses the request: the Host header names another host/,
  ],
  [407, undefined, {}, /proxy asks for a user name/],
] as const)('status %i with %j is a permanent problem', (status, json, asked, words) => {
  const reading = answered(status, json, asked)
  expect(reading).toMatchObject({ kind: 'problem', isTemporary: false })
  expect(reading.kind === 'problem' && reading.problem).toMatch(words)
})

test.each([408, 429, 500, 503])('status %i is a temporary problem', status => {
  const reading = interpretResponse({ kind: 'answer', status, json: undefined, retryAfter: '7' }, ASKED, 0)
  expect(reading).toMatchObject({ kind: 'problem', isTemporary: true, retryAfterMs: 7000 })
})

test('a failed connection is a temporary problem, and a refused one says what to start', () => {
  const error = (code?: string) =>
    interpretResponse({ kind: 'error', message: 'no luck', ...(code !== undefined && { code }) }, ASKED, 0)
  expect(error()).toEqual({ kind: 'problem', problem: 'no luck', isTemporary: true })
  expect(error('ECONNREFUSED')).toMatchObject({
    isTemporary: true,
    problem: 'no luck: start cronitor serve there, or give another address with --url',
  })
})
