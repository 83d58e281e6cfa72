import { expect, test } from 'vitest'
import { shareNext } from '../../src/system/share-next.ts'

/** A task whose runs end when the test says so. */
function controlled() {
  const runs: { end: (result: string) => void; fail: (error: Error) => void }[] = []
  const call = shareNext(
    () =>
      new Promise<string>((resolve, reject) => {
        runs.push({ end: resolve, fail: reject })
      }),
  )
  return { runs, call }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test('calls during a run share the next one, which starts after it', async () => {
  const { runs, call } = controlled()
  const first = call()
  const [second, third] = [call(), call()]
  await turn()
  expect(runs).toHaveLength(1)
  runs[0]?.end('one')
  expect(await first).toBe('one')
  await turn()
  expect(runs).toHaveLength(2)
  const fourth = call()
  runs[1]?.end('two')
  expect(await Promise.all([second, third])).toEqual(['two', 'two'])
  await turn()
  expect(runs).toHaveLength(3)
  runs[2]?.end('three')
  expect(await fourth).toBe('three')
})

test('a failed run rejects its own callers only', async () => {
  const { runs, call } = controlled()
  const first = call()
  const second = call()
  runs[0]?.fail(new Error('the disk is gone'))
  await expect(first).rejects.toThrow('the disk is gone')
  await turn()
  runs[1]?.end('two')
  expect(await second).toBe('two')
})
