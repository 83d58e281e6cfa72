import { expect, test } from 'vitest'
import { follow } from '../../../src/commands/runs/follow.ts'
import type { RunsResponse } from '../../../src/commands/runs/interpret-response.ts'
import type { RunJson } from '../../../src/server/api/run-json.ts'

const run = (id: number): RunJson => ({ id, monitor: 'a', state: 'complete' })
const page = (next: number, ...ids: number[]): RunsResponse => ({
  kind: 'page',
  page: { runs: ids.map(run), next, newest: next },
})
const temporary = (problem: string, retryAfterMs?: number): RunsResponse => ({
  kind: 'problem',
  problem,
  isTemporary: true,
  retryAfterMs,
})

/** Follows a server that gives these answers, and stops after the last one. */
async function followed(
  answers: readonly RunsResponse[],
  options: { answerMs?: number; readers?: number } = {},
) {
  const stop = new AbortController()
  const asked: number[] = []
  const shown: number[] = []
  const reported: string[] = []
  const slept: number[] = []
  let time = 0
  let readers = options.readers ?? Number.POSITIVE_INFINITY
  const ended = await follow({
    client: {
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
    onProblem: problem => reported.push(problem),
    stop: stop.signal,
    sleep: async ms => {
      slept.push(ms)
    },
    random: () => 0.5,
    now: () => time,
  })
  return { ended, asked, shown, reported, slept }
}

test('each request continues at the end of the last answer', async () => {
  expect(await followed([page(6, 1), page(6), page(9, 2, 3)])).toEqual({
    ended: undefined,
    asked: [5, 6, 6, 9],
    shown: [1, 2, 3],
    reported: [],
    slept: [],
  })
})

test('a temporary problem is reported once, and retried with growing pauses at the same cursor', async () => {
  const { asked, reported, slept, shown } = await followed([
    page(6, 1),
    temporary('down'),
    temporary('still down'),
    temporary('busy', 4000),
    page(7, 2),
    temporary('down again'),
  ])
  expect(asked).toEqual([5, 6, 6, 6, 6, 7, 7])
  expect(reported).toEqual(['down', 'down again'])
  expect(slept).toEqual([250, 500, 5000, 250])
  expect(shown).toEqual([1, 2])
})

test('a permanent problem ends it', async () => {
  const wrong: RunsResponse = { kind: 'problem', problem: 'wrong key', isTemporary: false }
  expect(await followed([page(6, 1), wrong, page(7, 2)])).toMatchObject({ ended: 'wrong key', shown: [1] })
})

test('it ends once nobody reads the output', async () => {
  expect(await followed([page(6, 1), page(7, 2)], { readers: 1 })).toMatchObject({
    ended: undefined,
    asked: [5],
    shown: [1],
  })
})

test('a server that answers at once is not asked again without a pause', async () => {
  const { slept, reported } = await followed([page(5), page(5), page(6, 1), page(6)], { answerMs: 3 })
  expect(slept).toEqual([250, 500, 250])
  expect(reported).toEqual([])
})

test('a server with a new database is read from its start', async () => {
  expect((await followed([page(0), page(2, 1)], { answerMs: 3 })).asked).toEqual([5, 0, 2])
})
