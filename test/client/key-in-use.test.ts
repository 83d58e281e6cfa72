import { expect, test } from 'vitest'
import type { Client } from '../../src/client/http.ts'
import { openKeyInUse } from '../../src/client/key-in-use.ts'
import { eventOf } from '../support/fake-clock.ts'

const never = new AbortController().signal

test('each address has its own base path, and all of them use a key that replaces a refused one', async () => {
  const asked: string[] = []
  const client: Client = {
    async send({ origin, path }) {
      asked.push(`${origin}${path}`)
      return { kind: 'status', status: path.includes('/old/') ? 401 : 200 }
    },
    connect() {},
    close() {},
  }
  const read: string[] = []
  const { sender } = openKeyInUse(
    { keyFile: '/key', secrets: ['old'] },
    { baseUrl: 'https://one.example', access: { kind: 'key', apiKey: 'old' }, method: 'GET' },
    path => {
      read.push(path)
      return { ok: true, key: 'new' }
    },
  )
  const [one, two] = [sender(client), sender(client, 'https://two.example/base')]
  expect(await two(eventOf('ok'), 'full', never)).toEqual({ kind: 'status', status: 200 })
  expect(await one(eventOf('ok'), 'full', never)).toEqual({ kind: 'status', status: 200 })
  expect(asked).toEqual([
    'https://two.example/base/p/old/m?state=ok',
    'https://two.example/base/p/new/m?state=ok',
    'https://one.example/p/new/m?state=ok',
  ])
  expect(read).toEqual(['/key'])
})
