import { expect, test } from 'vitest'
import { createWriteState } from '../../../../src/server/store/write-state.ts'

/** `full` is the size that does not fit any more. */
function stateForTest() {
  const disk = { full: Number.POSITIVE_INFINITY, probed: [] as number[], reads: 0 }
  const polls = new Set<() => void>()
  const problems: (string | undefined)[] = []
  const state = createWriteState({
    probe: async bytes => {
      disk.probed.push(bytes)
      if (bytes >= disk.full) throw new Error('the disk is full')
    },
    read: async () => {
      disk.reads += 1
    },
    every: work => {
      polls.add(work)
      return () => polls.delete(work)
    },
  })
  state.onChange(problem => problems.push(problem))
  const poll = async () => {
    for (const work of polls) work()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { state, disk, polls, problems, poll }
}

test('before the first event a check probes; after it, it reads only', async () => {
  const { state, disk } = stateForTest()
  disk.full = 0
  await expect(state.check()).rejects.toThrow('the disk is full')
  disk.full = 1
  await state.check()
  await state.check()
  expect(disk).toMatchObject({ probed: [0, 0], reads: 1 })
  expect(stateForTest().disk.probed).toEqual([])
})

test('after a failure, a check probes with the size of the largest group that failed', async () => {
  const { state, disk, problems } = stateForTest()
  state.stored()
  disk.full = 500
  state.failed(new Error('full'), 900)
  state.failed(new Error('full'), 20)
  await expect(state.check()).rejects.toThrow('the disk is full')
  disk.full = 901
  await state.check()
  await state.check()
  expect(disk).toMatchObject({ probed: [900, 900], reads: 1 })
  expect(problems).toEqual(['full', undefined])
})

test('a stored event ends the failure', async () => {
  const { state, disk, polls } = stateForTest()
  state.failed(new Error('full'), 1)
  state.stored()
  await state.check()
  expect(disk.probed).toEqual([])
  expect(polls.size).toBe(0)
})

test('without any check or event, the store notices by itself that there is room', async () => {
  const { state, disk, polls, problems, poll } = stateForTest()
  disk.full = 0
  state.failed(new Error('full'), 1)
  await poll()
  expect(problems).toEqual(['full'])
  disk.full = 2
  await poll()
  expect(problems).toEqual(['full', undefined])
  expect(polls.size).toBe(0)
})

test('an event that fails during a probe counts more than the probe', async () => {
  const { state } = stateForTest()
  const checked = state.check()
  state.failed(new Error('full'), 1)
  await expect(checked).rejects.toThrow('full')
})

test('an event that is stored during a probe counts more than the probe', async () => {
  const { state, disk, problems } = stateForTest()
  state.failed(new Error('full'), 1)
  disk.full = 1
  const checked = state.check()
  state.stored()
  await checked
  expect(problems).toEqual(['full', undefined])
})

test('checks at the same time share one probe', async () => {
  const { state, disk } = stateForTest()
  await Promise.all([state.check(), state.check(), state.check()])
  expect(disk.probed).toHaveLength(1)
})

test('after stop() nothing is probed', () => {
  const { state, polls } = stateForTest()
  state.failed(new Error('full'), 1)
  state.stop()
  state.failed(new Error('full'), 1)
  expect(polls.size).toBe(0)
})
