import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type FakeApiOptions, startFakeApi } from './fake-api.ts'
import { CLOSED_PORT } from './own-port.ts'
import { startRawServer } from './raw-server.ts'

async function withApi(
  options: FakeApiOptions,
  use: (api: Awaited<ReturnType<typeof startFakeApi>>) => Promise<void>,
) {
  const api = await startFakeApi(options)
  try {
    await use(api)
  } finally {
    await api.close()
  }
}

test('a request is recorded with its decoded parts', async () => {
  await withApi({}, async api => {
    const response = await fetch(`${api.url}/p/key/a%2Fb?state=run&series=1`, {
      method: 'POST',
      body: 'body',
    })
    expect(response.status).toBe(200)
    const [event] = await api.waitFor(events => events.length === 1)
    expect(event).toMatchObject({
      method: 'POST',
      target: '/p/key/a%2Fb?state=run&series=1',
      apiKey: 'key',
      monitorKey: 'a/b',
      state: 'run',
      answered: 200,
    })
    expect(event?.params.get('series')).toBe('1')
    expect(String(event?.body)).toBe('body')
    expect(api.events('a/b')).toHaveLength(1)
    expect(api.events('other')).toEqual([])
  })
})

test('an answer is held until the test lets it go', async () => {
  let letGo: (value: { status: number }) => void = () => {}
  const held = new Promise<{ status: number }>(resolve => {
    letGo = resolve
  })
  await withApi({ respond: () => held }, async api => {
    const response = fetch(`${api.url}/job?state=run`)
    await api.waitFor(events => events.length === 1)
    expect(api.events()[0]?.answered).toBeUndefined()
    letGo({ status: 503 })
    expect((await response).status).toBe(503)
  })
})

test('faults are seen by the client, and closing does not wait for a hanging answer', async () => {
  await withApi({}, async api => {
    const url = `${api.url}/job?state=run`
    api.respond = () => 'reset'
    await expect(fetch(url)).rejects.toThrow()
    api.respond = () => 'garbage'
    await expect(fetch(url)).rejects.toThrow()
    api.respond = () => 'hang-after-headers'
    const started = await fetch(url)
    expect(started.status).toBe(200)
    started.text().catch(() => {})
    api.respond = () => 'reset-in-body'
    const broken = await fetch(url)
    expect(broken.status).toBe(200)
    await expect(broken.text()).rejects.toThrow()
    api.respond = () => 'hang'
    fetch(url).catch(() => {})
    await api.waitFor(events => events.length === 5)
    expect(api.events().map(({ answered }) => answered)).toEqual([undefined, undefined, 200, 200, undefined])
  })
})

test('closing throws what the API does not declare, unless allowInvalid is set', async () => {
  const strict = await startFakeApi()
  await fetch(`${strict.url}/job?state=walk`)
  expect(strict.problems).toHaveLength(1)
  await expect(strict.close()).rejects.toThrow('state=walk')

  const lenient = await startFakeApi({ allowInvalid: 'it is what this test is about' })
  await fetch(`${lenient.url}/job?state=walk`)
  await lenient.close()
})

test('an API key in a parameter or in a header is a problem', async () => {
  const api = await startFakeApi({ allowInvalid: 'it is what this test is about' })
  await fetch(`${api.url}/p/secret-key/job?state=run&message=my+secret-key`)
  await fetch(`${api.url}/p/secret-key/job?state=run`, { headers: { 'x-note': 'secret-key' } })
  expect(api.problems.map(problem => problem.replace(/^.*: /, ''))).toEqual([
    '/query/message holds the API key',
    'the header x-note holds the API key',
  ])
  await api.close()
})

test('waiting in vain says what was seen', async () => {
  await withApi({}, async api => {
    await fetch(`${api.url}/p/secret-key/job?state=run`)
    const waiting = api.waitFor(() => false, 1)
    await expect(waiting).rejects.toThrow('"monitorKey":"job"')
    await expect(waiting).rejects.not.toThrow('secret-key')
  })
})

test('a server of each fault does it to whoever connects', async () => {
  for (const [fault, expected] of [
    ['reset', 'ECONNRESET'],
    ['close', 'end'],
    ['garbage', 'data'],
  ] as const) {
    const server = await startRawServer(fault)
    expect(await firstNews(server.port)).toBe(expected)
    expect(server.connections()).toBe(1)
    await server.close()
  }
  const silent = await startRawServer('hang')
  const news = firstNews(silent.port)
  expect(await Promise.race([news, new Promise(resolve => setTimeout(resolve, 20, 'nothing'))])).toBe(
    'nothing',
  )
  await silent.close()
  await news
})

test('a closed port refuses', async () => {
  expect(await firstNews(CLOSED_PORT)).toBe('ECONNREFUSED')
})

function firstNews(port: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.once('data', () => resolve('data'))
    socket.once('end', () => resolve('end'))
  })
}
