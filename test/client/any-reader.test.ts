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

async function readerOf(urls: readonly string[]) {
  const reader = await openAnyReader(urls, { apiKey: 'some-key', env: {}, version: '1.2.3' })
  onTestFinished(() => reader.close())
  return reader
}

const json: RequestListener = (_request, response) => response.end('{"a":1}')

test('reads below the base path of the first address that answers, and goes on there', async () => {
  const asked: string[] = []
  const url = await serverOf(asked, json)
  const reader = await readerOf([CLOSED, `${url}/base/`])
  expect(await reader.get('/api/runs', 5000)).toMatchObject({ kind: 'answer', json: { a: 1 } })
  expect(await reader.get('/api/runs', 5000)).toMatchObject({ kind: 'answer', json: { a: 1 } })
  expect(asked).toEqual(['/base/api/runs', '/base/api/runs'])
})

test('a server that is away is followed by the next one, one that refuses is not', async () => {
  const asked: string[] = []
  const away = await serverOf(asked, (_request, response) => response.writeHead(503).end())
  const refusing = await serverOf(asked, (_request, response) => response.writeHead(401).end('{}'))
  const reader = await readerOf([away, refusing, await serverOf(asked, json)])
  expect(await reader.get('/x', 5000)).toMatchObject({ kind: 'answer', status: 401 })
  expect(asked).toEqual(['/x', '/x'])
})

test('without any answer, the error names all problems', async () => {
  const reader = await readerOf([CLOSED, `${CLOSED}/other`])
  const problem = `connection refused by 127.0.0.1:${CLOSED_PORT}`
  expect(await reader.get('/x', 5000)).toEqual({
    kind: 'error',
    message: `${problem}; ${problem}`,
    code: 'ECONNREFUSED',
  })
})

test('of an answer and an error, the answer counts', async () => {
  const away = await serverOf([], (_request, response) => response.writeHead(502).end())
  expect(await (await readerOf([CLOSED, away])).get('/x', 5000)).toMatchObject({ status: 502 })
})
