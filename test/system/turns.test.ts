import { expect, test } from 'vitest'
import { createTurns } from '../../src/system/turns.ts'

test('slices run one after the other, in the order of the calls, and the event loop runs in between', async () => {
  const inTurn = createTurns()
  const order: string[] = []
  const slice = (name: string) => async () => {
    order.push(`${name} begins`)
    setImmediate(() => order.push(`the event loop after ${name}`))
    await Promise.resolve()
    order.push(`${name} ends`)
  }
  await Promise.all([inTurn(slice('a')), inTurn(slice('b'))])
  expect(order).toEqual(['a begins', 'a ends', 'the event loop after a', 'b begins', 'b ends'])
})

test('a slice that fails rejects its own call, and the next one runs', async () => {
  const inTurn = createTurns()
  const failed = inTurn(async () => {
    throw new Error('no such table')
  })
  const next = inTurn(async () => 'done')
  await expect(failed).rejects.toThrow('no such table')
  expect(await next).toBe('done')
})
