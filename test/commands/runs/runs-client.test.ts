import { expect, test } from 'vitest'
import type { ReadAnswer } from '../../../src/client/json-client.ts'
import { createRunsClient } from '../../../src/commands/runs/runs-client.ts'

const page = (ids: readonly number[], next: number | undefined, newest: number): ReadAnswer => ({
  kind: 'answer',
  status: 200,
  json: { runs: ids.map(id => ({ id, monitor: 'a/b', state: 'complete' })), next, newest },
})

function sourceOf(
  answers: readonly ReadAnswer[],
  { monitorKey }: { monitorKey?: string } = {},
  filter: { state?: 'failed'; env?: string } = {},
) {
  const asked: string[] = []
  const quiet: number[] = []
  const reader = {
    get: async (path: string, timeoutMs: number, _stop?: AbortSignal, quietMs = 0): Promise<ReadAnswer> => {
      asked.push(path)
      quiet.push(quietMs)
      expect(timeoutMs).toBeGreaterThan(quietMs)
      return answers[asked.length - 1] ?? { kind: 'error', message: 'asked too often' }
    },
    close: () => {},
  }
  const stop = new AbortController().signal
  return {
    source: createRunsClient(reader, { url: 'http://h', hasKey: false, monitorKey }, filter, stop),
    asked,
    /** How long the server may be silent at each request. */
    quiet,
  }
}

test('pages are requested until there are enough runs, which are listed oldest first', async () => {
  const { source, asked } = sourceOf([page([9, 8], 8, 40), page([7, 6], 6, 41)])
  expect(await source.latest(3)).toMatchObject({
    kind: 'runs',
    runs: [{ id: 7 }, { id: 8 }, { id: 9 }],
    newest: 40,
  })
  expect(asked).toEqual(['/api/runs?limit=3', '/api/runs?limit=1&before=8'])
})

test('a page without runs is not the last one if it has a next', async () => {
  const { source, asked } = sourceOf(
    [page([], 30, 40), page([5], undefined, 40)],
    {},
    { state: 'failed', env: 'a&b' },
  )
  expect(await source.latest(3)).toMatchObject({ runs: [{ id: 5 }], newest: 40 })
  expect(asked).toEqual([
    '/api/runs?limit=3&state=failed&env=a%26b',
    '/api/runs?limit=3&before=30&state=failed&env=a%26b',
  ])
})

test('an empty environment is not a filter, as with an unset variable in a script', async () => {
  const { source, asked } = sourceOf([page([], undefined, 0)], {}, { env: '' })
  await source.latest(1)
  expect(asked).toEqual(['/api/runs?limit=1'])
})

test('with a limit of 0 only the cursor is used', async () => {
  const { source, asked } = sourceOf([page([9], 9, 40)])
  expect(await source.latest(0)).toEqual({ kind: 'runs', runs: [], newest: 40 })
  expect(asked).toEqual(['/api/runs?limit=1'])
})

test('runs of a monitor are requested by its key', async () => {
  const { source, asked } = sourceOf([page([], 7, 7)], { monitorKey: 'a/b %é' })
  expect(await source.changed(5)).toMatchObject({ kind: 'page', page: { next: 7 } })
  expect(asked).toEqual(['/api/monitors/a%2Fb%20%25%C3%A9/runs?changed_after=5&limit=1000&wait=30'])
})

test('a problem is passed on', async () => {
  const { source } = sourceOf([page([9], 9, 40)])
  expect(await source.latest(2)).toMatchObject({ kind: 'problem', problem: 'asked too often' })
})

test('the server answers at once, unless it is asked for changes: then it may wait', async () => {
  const { source, quiet } = sourceOf([page([], undefined, 6), page([], 6, 6)])
  await source.latest(1)
  await source.changed(6)
  expect(quiet).toEqual([0, 30_000])
})
