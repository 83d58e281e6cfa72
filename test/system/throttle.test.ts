import { expect, test } from 'vitest'
import { throttle, throttleEach } from '../../src/system/throttle.ts'

function scene(limit: typeof throttle) {
  const said: string[] = []
  let now = 0
  const say = limit(
    text => said.push(text),
    () => now,
    1000,
  )
  return { said, say, pass: (ms: number) => (now += ms) }
}

test('whatever the text, it is said once in the time', () => {
  const { said, say, pass } = scene(throttle)
  for (const text of ['a', 'b', 'a']) say(text)
  pass(999)
  say('c')
  pass(1)
  say('d')
  expect(said).toEqual(['a', 'd'])
})

test('each text is said once in the time, so that another problem is not hidden by the first one', () => {
  const { said, say, pass } = scene(throttleEach)
  for (const text of ['lost', 'lost', 'newer', 'lost']) say(text)
  expect(said).toEqual(['lost', 'newer'])
  pass(1000)
  say('lost')
  expect(said).toEqual(['lost', 'newer', 'lost'])
})

test('texts that always differ are said eight times in the time', () => {
  const { said, say, pass } = scene(throttleEach)
  for (let count = 0; count < 100; count += 1) say(`after ${count} ms`)
  expect(said).toHaveLength(8)
  pass(1000)
  say('again')
  expect(said.at(-1)).toBe('again')
})
