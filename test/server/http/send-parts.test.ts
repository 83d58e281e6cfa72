import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sendParts } from '../../../src/server/http/send-parts.ts'
import { until } from '../../support/until.ts'

const HEADERS = { 'content-type': 'text/plain' }

async function ask(
  send: (response: ServerResponse) => Promise<void>,
  method = 'GET',
): Promise<{ answer: IncomingMessage; finished: Promise<void> }> {
  let finish = () => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  const server = createServer((_request, response) => {
    void send(response)
      .catch(() => response.destroy())
      .then(finish)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const request = get({ host: '127.0.0.1', port, method, agent: false })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return { answer, finished }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return text
}

async function* endless(onPart: () => void): AsyncGenerator<string> {
  for (;;) {
    onPart()
    yield 'x'.repeat(10_000)
  }
}

test('a short answer has its length; a long one arrives whole', async () => {
  const short = await ask(response => sendParts(response, HEADERS, [Buffer.from('é'), Buffer.from('b')]))
  expect(short.answer.headers['content-length']).toBe('3')
  expect(await textOf(short.answer)).toBe('éb')
  async function* parts() {
    for (let part = 0; part < 100; part += 1) yield `${part} ${'é'.repeat(1000)}\n`
  }
  const long = await ask(response => sendParts(response, HEADERS, parts()))
  expect(long.answer.headers['content-length']).toBeUndefined()
  const lines = (await textOf(long.answer)).trimEnd().split('\n')
  expect(lines.map(line => line.split(' ')[0])).toEqual(Array.from({ length: 100 }, (_, part) => `${part}`))
})

test('HEAD makes no part', async () => {
  let made = 0
  const parts = endless(() => {
    made += 1
  })
  const { answer } = await ask(response => sendParts(response, HEADERS, parts), 'HEAD')
  expect(await textOf(answer)).toBe('')
  expect(made).toBe(0)
})

test('no more parts are made than the client reads, and none after it has gone', async () => {
  let made = 0
  const parts = endless(() => {
    made += 1
  })
  const { answer, finished } = await ask(response => sendParts(response, HEADERS, parts))
  answer.pause()
  let seen = -1
  let looks = 0
  await until('the server waits for the client', () => {
    looks = seen === made ? looks + 1 : 0
    seen = made
    return made > 0 && looks === 30
  })
  answer.destroy()
  await finished
  expect(made).toBeLessThanOrEqual(seen + 10)
})

test('an error during a long answer ends the connection, so that the client does not take it for the whole', async () => {
  async function* parts() {
    yield 'x'.repeat(100_000)
    throw new Error('the database is gone')
  }
  const { answer } = await ask(response => sendParts(response, HEADERS, parts()))
  await expect(textOf(answer)).rejects.toThrow('aborted')
})
