import { expect, test } from 'vitest'
import { timerMs } from '../../src/system/timer-ms.ts'

test.each([
  ['a time limit that has just passed', -0.0097, 0],
  ['no time', 0, 0],
  ['a time', 1500.5, 1500.5],
  ['more than a timer can wait', 2 ** 40, 2 ** 31 - 1],
])('%s is a time that setTimeout() takes without a warning', async (_, ms, taken) => {
  expect(timerMs(ms)).toBe(taken)
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  clearTimeout(setTimeout(() => {}, timerMs(ms)))
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', note)
  expect(warnings).toEqual([])
})
