import { expect, test, vi } from 'vitest'
import type { Connection } from '../../../../src/server/store/postgres/connection.ts'
import { createPool } from '../../../../src/server/store/postgres/pool.ts'

interface Opened extends Connection {
  readonly number: number
}

function pool({ size = 2, limitMs = 60_000 } = {}) {
  const opened: Opened[] = []
  const ended: number[] = []
  const state = {
    now: 0,
    problem: undefined as Error | undefined,
    attempt: undefined as Promise<void> | undefined,
    onAttempt: () => {},
  }
  const open = async (): Promise<Connection> => {
    state.onAttempt()
    await state.attempt
    if (state.problem !== undefined) throw state.problem
    let isUsable = true
    const number = opened.length + 1
    const connection: Opened = {
      number,
      isUsable: () => isUsable,
      query: async () => [],
      takeWarnings: () => [],
      onNotification: () => {},
      onEnd: () => {},
      end: () => {
        isUsable = false
        ended.push(number)
      },
    }
    opened.push(connection)
    return connection
  }
  return { pool: createPool({ open, size, limitMs, clock: () => state.now }), opened, ended, state }
}

function hold(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}

const numberOf = async (connection: Connection) => (connection as Opened).number

test('a connection is used again', async () => {
  const { pool: each, opened } = pool()
  expect(await each.use(numberOf)).toBe(1)
  expect(await each.use(numberOf)).toBe(1)
  expect(opened).toHaveLength(1)
})

test('no more connections than allowed are open, and others wait in their order', async () => {
  const { pool: each, opened } = pool({ size: 1 })
  const order: string[] = []
  await Promise.all(['a', 'b', 'c'].map(name => each.use(async () => order.push(name))))
  expect(order).toEqual(['a', 'b', 'c'])
  expect(opened).toHaveLength(1)
})

test('a connection whose work failed is ended', async () => {
  const { pool: each, ended } = pool()
  await expect(each.use(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  expect(ended).toEqual([1])
  expect(await each.use(numberOf)).toBe(2)
})

test('a connection that was lost while nobody used it is not used', async () => {
  const { pool: each, opened } = pool()
  await each.use(numberOf)
  opened[0]?.end()
  expect(await each.use(numberOf)).toBe(2)
})

test('after a failed attempt to connect, others fail at once for a moment', async () => {
  const { pool: each, state } = pool()
  state.problem = new Error('connection refused')
  await expect(each.use(numberOf)).rejects.toThrow('connection refused')
  state.problem = undefined
  await expect(each.use(numberOf)).rejects.toThrow('connection refused')
  state.now = 500
  expect(await each.use(numberOf)).toBe(1)
})

test('it tries again at once if others have reached the database', async () => {
  const { pool: each, state } = pool()
  state.problem = new Error('connection refused')
  await expect(each.use(numberOf)).rejects.toThrow('connection refused')
  state.problem = undefined
  each.resume()
  expect(await each.use(numberOf)).toBe(1)
})

test('an attempt that began before others have reached the database makes nobody wait', async () => {
  const { pool: each, state } = pool()
  const [begun, answer] = [hold(), hold()]
  state.problem = new Error('connection refused')
  state.attempt = answer.promise
  state.onAttempt = begun.resolve
  const failing = each.use(numberOf)
  await begun.promise
  each.resume()
  answer.resolve()
  await expect(failing).rejects.toThrow('connection refused')
  state.problem = undefined
  expect(await each.use(numberOf)).toBe(1)
})

test('no connection from before drop() is used after it', async () => {
  const { pool: each, ended } = pool()
  const held = hold()
  const first = each.use(async () => held.promise)
  await each.use(numberOf)
  each.drop()
  expect(ended).toEqual([2])
  held.resolve()
  await first
  expect(ended).toEqual([2, 1])
  expect(await each.use(numberOf)).toBe(3)
})

test('closing waits for the work, and ends all connections', async () => {
  const { pool: each, ended } = pool()
  const held = hold()
  const work = each.use(async () => held.promise)
  let isClosed = false
  const closing = each.close().then(() => {
    isClosed = true
  })
  await Promise.resolve()
  expect(isClosed).toBe(false)
  held.resolve()
  await Promise.all([work, closing])
  expect(ended).toEqual([1])
  await expect(each.use(numberOf)).rejects.toThrow('the store is closed')
})

test('after work that took too long, what waited for it fails at once', async () => {
  const { pool: each, ended } = pool({ size: 1, limitMs: 1 })
  const late = each.use(
    connection =>
      new Promise((_, reject) => {
        const look = () => (connection.isUsable() ? setImmediate(look) : reject(new Error('ended')))
        look()
      }),
  )
  const waiting = each.use(numberOf)
  await expect(late).rejects.toThrow('the database did not answer in time')
  await expect(waiting).rejects.toThrow('the database did not answer in time')
  expect(ended).toContain(1)
})

test('work that never hears that its connection has ended takes no longer than the limit', async () => {
  const { pool: each, ended } = pool({ size: 1, limitMs: 1 })
  await expect(each.use(() => new Promise(() => {}))).rejects.toThrow('the database did not answer in time')
  expect(ended).toContain(1)
  await each.close()
})

test('a connection that is opened too late is ended, and nobody works with it', async () => {
  const { pool: each, ended, state } = pool({ size: 1, limitMs: 1 })
  const answer = hold()
  state.attempt = answer.promise
  const work = vi.fn()
  await expect(each.use(work)).rejects.toThrow('the database did not answer in time')
  answer.resolve()
  await vi.waitFor(() => expect(ended).toEqual([1]))
  expect(work).not.toHaveBeenCalled()
  state.now = 500
  expect(await each.use(numberOf)).toBe(2)
})
