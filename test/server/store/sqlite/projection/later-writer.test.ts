import { expect, onTestFinished, test, vi } from 'vitest'
import type { Left } from '../../../../../src/server/store/sqlite/projection/derive.ts'
import { laterWriter } from '../../../../../src/server/store/sqlite/projection/later-writer.ts'

/** What the engine answers, call by call; after the last one that nothing is left. Ten events a second are stored. */
function writer(...answers: (Left | Error)[]) {
  vi.useFakeTimers({ now: 0 })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const asked: number[] = []
  let isOver = false
  const later = laterWriter(
    {
      newest: async () => ({ event: Date.now() / 100, change: 0 }),
      writeOld: async upTo => {
        asked.push(upTo)
        const answer = answers.shift() ?? 'nothing'
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    () => isOver,
  )
  return {
    asked,
    later,
    end: () => {
      isOver = true
    },
  }
}

test('each second it has written what was stored two seconds before, until nothing is left', async () => {
  const { asked, later } = writer('young', 'young', 'young')
  later()
  later()
  await vi.advanceTimersByTimeAsync(999)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([0])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toEqual([0, 0, 10, 20])
  later()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked.slice(4)).toEqual([30])
  expect(vi.getTimerCount()).toBe(0)
})

test('what is old is written at once, part by part', async () => {
  const { asked, later } = writer('young', 'young', 'old', 'old', 'nothing')
  later()
  await vi.advanceTimersByTimeAsync(3000)
  expect(asked).toEqual([0, 0, 10, 10, 10])
  expect(vi.getTimerCount()).toBe(0)
})

test('where it cannot be written it is tried again, until the store is closed', async () => {
  const full = new Error('the disk is full')
  const { asked, later, end } = writer(full, full, 'young', ...Array<Error>(9).fill(full))
  later()
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toEqual([0, 0, 10, 20, 30])
  end()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(6)
  expect(vi.getTimerCount()).toBe(0)
})
