import { expect, test } from 'vitest'
import { follow } from '../../../src/commands/runs/follow.ts'
import type { RunsResponse } from '../../../src/commands/runs/interpret-response.ts'
import type { RunJson } from '../../../src/server/api/run-json.ts'

const run = (id: number): RunJson => ({ id, monitor: 'a', state: 'complete' })
const page = (next: number, ...ids: number[]): RunsResponse => ({
  kind: 'page',
  page: { runs: ids.map(run), next, newest: next },
})
const passing = (problem: string, retryAfterMs?: number): RunsResponse => ({
  kind: 'problem',
  problem,
  isPassing: true,
  retryAfterMs,
})

/** Follows what the answers say, and stops after the last one. */
async function followed(
  answers: readonly RunsResponse[],
  options: { answerMs?: number; readers?: number } = {},
) {
  const stop = new AbortController()
  const asked: number[] = []
  const shown: number[] = []
  const told: string[] = []
  const slept: number[] = []
  let time = 0
  let readers = options.readers ?? Number.POSITIVE_INFINITY
  const ended = await follow({
    source: {
      latest: async () => ({ kind: 'runs', runs: [], newest: 0 }),
      changed: async after => {
        asked.push(after)
        time += options.answerMs ?? 30_000
        const answer = answers[asked.length - 1]
        if (answer !== undefined) return answer
        stop.abort()
        return page(after)
      },
    },
    after: 5,
    show: async runs => {
      shown.push(...runs.map(({ id }) => id))
      readers -= 1
      return readers > 0
    },
    onTrouble: problem => told.push(problem),
    stop: stop.signal,
    sleep: async ms => {
      slept.push(ms)
    },
    random: () => 0.5,
    now: () => time,
  })
  return { ended, asked, shown, told, slept }
}

test('it goes on from where the last answer ended', async () => {
  expect(await followed([page(6, 1), page(6), page(9, 2, 3)])).toEqual({
    ended: undefined,
    asked: [5, 6, 6, 9],
    shown: [1, 2, 3],
    told: [],
    slept: [],
  })
})

test('what passes is told once, and tried again later and later, from the same place', async () => {
  const { asked, told, slept, shown } = await followed([
    page(6, 1),
    passing('down'),
    passing('still down'),
    passing('busy', 4000),
    page(7, 2),
    passing('down again'),
  ])
  expect(asked).toEqual([5, 6, 6, 6, 6, 7, 7])
  expect(told).toEqual(['down', 'down again'])
  expect(slept).toEqual([250, 500, 5000, 250])
  expect(shown).toEqual([1, 2])
})

test('what does not pass ends it', async () => {
  const wrong: RunsResponse = { kind: 'problem', problem: 'wrong key', isPassing: false }
  expect(await followed([page(6, 1), wrong, page(7, 2)])).toMatchObject({ ended: 'wrong key', shown: [1] })
})

test('it ends where nobody reads any more', async () => {
  expect(await followed([page(6, 1), page(7, 2)], { readers: 1 })).toMatchObject({
    ended: undefined,
    asked: [5],
    shown: [1],
  })
})

test('a server that does not wait is not asked without a pause', async () => {
  const { slept, told } = await followed([page(5), page(5), page(6, 1), page(6)], { answerMs: 3 })
  expect(slept).toEqual([250, 500, 250])
  expect(told).toEqual([])
})

test('a server that has begun anew is asked from its beginning', async () => {
  expect((await followed([page(0), page(2, 1)], { answerMs: 3 })).asked).toEqual([5, 0, 2])
})
