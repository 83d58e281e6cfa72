import { createServer, type RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startValidatingProxy } from './validating-proxy.ts'
import { listening } from './wrapper.ts'

const OK: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}\n')
}

async function proxied(respond: RequestListener) {
  const server = createServer(respond)
  const url = await listening(server)
  const proxy = await startValidatingProxy(url)
  onTestFinished(async () => {
    await proxy.close().catch(() => {})
    server.closeAllConnections()
    server.close()
  })
  return proxy
}

test('passes request and response on unchanged, and finds nothing if both are right', async () => {
  const seen: unknown[] = []
  const proxy = await proxied(async (request, response) => {
    const body: Buffer[] = []
    for await (const chunk of request) body.push(chunk as Buffer)
    seen.push([request.method, request.url, String(Buffer.concat(body)), request.headers['x-note']])
    response.writeHead(200, 'Fine', { 'content-type': 'application/json', 'x-answer': '1' })
    response.end('{"ok":true,"more":1}')
  })
  const target = '/p/key/a%2Fb?state=run&message=a%20b'
  const answer = await fetch(`${proxy.url}${target}`, {
    method: 'POST',
    body: 'discarded',
    headers: { 'x-note': 'n' },
  })
  expect(seen).toEqual([['POST', target, 'discarded', 'n']])
  expect([answer.status, answer.statusText, answer.headers.get('x-answer')]).toEqual([200, 'Fine', '1'])
  expect(await answer.text()).toBe('{"ok":true,"more":1}')
  expect([proxy.requests(), proxy.responses(), proxy.problems]).toEqual([1, 1, []])
  await proxy.close()
})

test('a request that the API does not declare is a problem, whatever it is answered', async () => {
  const proxy = await proxied((_request, response) => void response.writeHead(400).end())
  expect((await fetch(`${proxy.url}/p/key/job?state=walk`)).status).toBe(400)
  expect(proxy.problems).toEqual([expect.stringContaining('state=walk')])
  await expect(proxy.close()).rejects.toThrow('state=walk')
})

describe('a response that the API does not declare is a problem', () => {
  const json = { 'content-type': 'application/json' }
  test.each<[what: string, status: number, headers: Record<string, string>, body: string, problem: string]>([
    ['a status', 503, json, '{"error":"busy"}', 'the status 503 is not declared'],
    ['a status of success', 201, json, '{"ok":true}', 'the status 201 is not declared'],
    ['another type', 200, { 'content-type': 'text/plain' }, 'ok', 'the body is text/plain'],
    ['no body', 200, {}, '', 'the body is of no type'],
    ['no JSON', 200, json, '{"ok":true', 'the body is no JSON'],
    ['another body', 200, json, '{"ok":false}', '/ok'],
    ['a body without what it has to have', 200, json, '{}', 'ok'],
    ['no Retry-After', 429, json, '{"error":"too many requests"}', 'retry-after'],
    ['a Retry-After of no time', 429, { ...json, 'retry-after': '0' }, '{"error":"e"}', 'retry-after'],
    [
      'a Retry-After that is no integer',
      429,
      { ...json, 'retry-after': '0.5' },
      '{"error":"e"}',
      'retry-after',
    ],
    ['a 429 without a reason', 429, { ...json, 'retry-after': '1' }, '{"error":""}', '/error'],
  ])('%s', async (_what, status, headers, body, problem) => {
    const proxy = await proxied((_request, response) => void response.writeHead(status, headers).end(body))
    await fetch(`${proxy.url}/p/key/job?state=run`)
    expect(proxy.problems).toEqual([expect.stringContaining(problem)])
  })
})

test('to HEAD there is no body, and none is missed', async () => {
  const proxy = await proxied(OK)
  expect((await fetch(`${proxy.url}/p/key/job?state=run`, { method: 'HEAD' })).status).toBe(200)
  expect(proxy.problems).toEqual([])
})

test('a 429 with its time is right', async () => {
  const proxy = await proxied((_request, response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '2' })
    response.end('{"error":"too many requests"}')
  })
  await fetch(`${proxy.url}/job?state=run`)
  expect(proxy.problems).toEqual([])
})

test('a connection that the server breaks is broken for the client', async () => {
  const proxy = await proxied(request => request.socket.resetAndDestroy())
  await expect(fetch(`${proxy.url}/p/key/job?state=run`)).rejects.toThrow()
  expect([proxy.requests(), proxy.responses()]).toEqual([1, 0])
})

test('the port may stand in front of the path', async () => {
  const server = createServer(OK)
  const { port } = new URL(await listening(server))
  const proxy = await startValidatingProxy()
  onTestFinished(() => void server.close())
  expect((await fetch(`${proxy.url}/to-${port}/p/key/job?state=run`)).status).toBe(200)
  await proxy.close()
  server.closeAllConnections()
})
