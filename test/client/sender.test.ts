import { expect, test } from 'vitest'
import type { Client } from '../../src/client/http.ts'
import { createSender } from '../../src/client/sender.ts'
import type { Destination } from '../../src/telemetry/event.ts'
import { eventOf } from '../support/fake-clock.ts'

const destination: Destination = {
  baseUrl: 'https://api.example',
  access: { kind: 'key', apiKey: 'some-key' },
  method: 'POST',
}
const never = new AbortController().signal

test('an event that is sent while the client is being loaded waits for it', async () => {
  let load = (_: Client): void => {}
  const client = new Promise<Client>(resolve => {
    load = resolve
  })
  const answer = createSender(client, destination, [])(eventOf('ok'), 'full', never)
  const paths: string[] = []
  load({
    async send({ path }) {
      paths.push(path)
      return { kind: 'status', status: 200 }
    },
    connect() {},
    close() {},
  })
  expect(await answer).toEqual({ kind: 'status', status: 200 })
  expect(paths).toEqual(['/p/some-key/m?state=ok'])
})

test('an abort ends the wait for a client that is being loaded', async () => {
  const stop = new AbortController()
  const answer = createSender(new Promise(() => {}), destination, [])(eventOf('ok'), 'full', stop.signal)
  stop.abort()
  expect(await answer).toEqual({ kind: 'error', message: 'no answer in the time given' })
})

test('a client that cannot be loaded rejects each send', async () => {
  const send = createSender(Promise.reject(new Error('no module')), destination, [])
  await expect(send(eventOf('ok'), 'full', never)).rejects.toThrow('no module')
})
