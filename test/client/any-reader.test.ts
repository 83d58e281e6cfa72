import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { openAnyReader } from '../../src/client/any-reader.ts'
import { CLOSED_PORT } from '../support/own-port.ts'
import { listening } from '../support/wrapper.ts'

const CLOSED = `http://127.0.0.1:${CLOSED_PORT}`

/** Its requests are noted in `asked`. */
async function serverOf(asked: string[], listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    listener(request, response)
  })
  const url = await listening(server)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return url
}

async function readerOf(urls: readonly string[], nextAfterMs?: number) {
  const options = { apiKey: 'some-key', env: {}, version: '1.2.3' }
  const reader = await openAnyReader(urls, options, nextAfterMs)
  onTestFinished(() => reader.close())
  return reader
}

const json: RequestListener = (_request, response) => response.end('{"a":1}')

test('reads below the base path of the first address that answers, and goes on there', async () => {
  const asked: string[] = []
  const url = await serverOf(asked, json)
  const reader = await readerOf([CLOSED, `${url}/base/`])
  expect(await reader.get('/api/runs', 60_000)).toMatchObject({ kind: 'answer', json: { a: 1 } })
  expect(await reader.get('/api/runs', 60_000)).toMatchObject({ kind: 'answer', json: { a: 1 } })
  expect(asked).toEqual(['/base/api/runs', '/base/api/runs'])
})

test('a server that is away is followed by the next one, one that refuses is not', async () => {
  const asked: string[] = []
  const away = await serverOf(asked, (_request, response) => response.writeHead(503).end())
  const refusing = await serverOf(asked, (_request, response) => response.writeHead(401).end('{}'))
  const reader = await readerOf([away, refusing, await serverOf(asked, json)])
  expect(await reader.get('/x', 60_000)).toMatchObject({ kind: 'answer', status: 401 })
  expect(asked).toEqual(['/x', '/x'])
})

test('without any answer, the error names all problems', async () => {
  const reader = await readerOf([CLOSED, `${CLOSED}/other`])
  const problem = `connection refused by 127.0.0.1:${CLOSED_PORT}`
  expect(await reader.get('/x', 60_000)).toEqual({
    kind: 'error',
    message: `${problem}; ${problem}`,
    code: 'ECONNREFUSED',
  })
})

test('of an answer and an error, the answer counts', async () => {
  const away = await serverOf([], (_request, response) => response.writeHead(502).end())
  expect(await (await readerOf([CLOSED, away])).get('/x', 60_000)).toMatchObject({ status: 502 })
})

const silent: RequestListener = () => {}

test('a server that is silent is followed by the next one, with which later reads begin', async () => {
  const [ofFirst, ofNext]: [string[], string[]] = [[], []]
  const reader = await readerOf([await serverOf(ofFirst, silent), await serverOf(ofNext, json)], 20)
  expect(await reader.get('/1', 60_000)).toMatchObject({ json: { a: 1 } })
  expect(await reader.get('/2', 60_000, undefined, 60_000)).toMatchObject({ json: { a: 1 } })
  expect(ofNext).toEqual(['/1', '/2'])
  expect(ofFirst).not.toContain('/2')
})

test.each<[what: string, next: RequestListener]>([
  ['is silent too', silent],
  ['is away', (_request, response) => response.writeHead(503).end()],
])('a server that answers late is still heard if the next one %s', async (_what, answerOfNext) => {
  let answer = () => {}
  const isNextAsked = new Promise<void>(resolve => {
    answer = resolve
  })
  const first = await serverOf([], (_request, response) => {
    void isNextAsked.then(() => response.end('{"first":true}'))
  })
  const next = await serverOf([], (request, response) => {
    answerOfNext(request, response)
    answer()
  })
  const reader = await readerOf([first, next], 20)
  expect(await reader.get('/x', 60_000)).toMatchObject({ json: { first: true } })
})

test('a server that may wait before it answers is not followed by the next one meanwhile', async () => {
  const ofNext: string[] = []
  const reader = await readerOf([await serverOf([], json), await serverOf(ofNext, json)], 0)
  expect(await reader.get('/x', 60_000, undefined, 60_000)).toMatchObject({ json: { a: 1 } })
  expect(ofNext).toEqual([])
})

test('an abort ends the read while several servers are silent', async () => {
  const stop = new AbortController()
  const next = await serverOf([], () => stop.abort())
  const reader = await readerOf([await serverOf([], silent), next, CLOSED], 20)
  expect(await reader.get('/x', 60_000, stop.signal)).toMatchObject({ kind: 'error' })
})
