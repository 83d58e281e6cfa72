import { expect, onTestFinished, test, vi } from 'vitest'
import type { Left } from '../../../src/collector/store/derive.ts'
import { laterWriter } from '../../../src/collector/store/later-writer.ts'

/** What the engine answers, call by call; after the last one that nothing is left. */
function writer(...answers: (Left | Error)[]) {
  vi.useFakeTimers({ now: 100_000 })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const asked: number[] = []
  const later = laterWriter(
    {
      writeOld: async before => {
        asked.push(before)
        const answer = answers.shift() ?? 'nothing'
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    Date.now,
  )
  return { asked, later }
}

test('a second after a commit it has written what waits for two, and no more where nothing is left', async () => {
  const { asked, later } = writer()
  later()
  later()
  await vi.advanceTimersByTimeAsync(999)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([99_000])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(1)
  later()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toEqual([99_000, 160_000])
})

test('what is old is asked for at once, part by part, and what is young a second later', async () => {
  const { asked, later } = writer('old', 'old', 'young')
  later()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toEqual([99_000, 99_000, 99_000])
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toEqual([99_000, 99_000, 99_000, 100_000])
  expect(vi.getTimerCount()).toBe(0)
})

test('where it cannot be written it is tried again after the next commit', async () => {
  const { asked, later } = writer(new Error('the disk is full'))
  later()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toHaveLength(1)
  later()
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(2)
})
