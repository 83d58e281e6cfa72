import { expect, test, vi } from 'vitest'
import type { NotStarted } from '../../../src/commands/serve/service.ts'
import { startWhenWritable } from '../../../src/commands/serve/start-when-writable.ts'

const LOST: NotStarted = { ok: false, problem: 'cannot store the rules: the disk is full', mayPass: true }
const WRONG: NotStarted = { ok: false, problem: 'the port is in use' }

/** A store that is away for the first of so many checks, and a start with these outcomes. */
function setUp({ isAway = 0, outcomes = [] as (NotStarted | undefined)[] } = {}) {
  const listeners = new Set<(problem: string | undefined) => void>()
  const warnings: string[] = []
  const problems: string[] = []
  let leftAway = isAway
  let wakeUp = () => {}
  const start = vi.fn(async () => outcomes.shift())
  const started = startWhenWritable({
    store: {
      check: async () => {
        leftAway -= 1
        if (leftAway >= 0) throw new Error('the database is away')
      },
      onWriteProblem: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    start,
    warn: message => warnings.push(message),
    onLateProblem: problem => problems.push(problem),
    sleep: (_ms, signal) =>
      new Promise(resolve => {
        wakeUp = resolve
        signal.addEventListener('abort', () => resolve())
      }),
  })
  return {
    started,
    start,
    warnings,
    problems,
    tellWritable: () => {
      for (const listener of listeners) listener(undefined)
    },
    wakeUp: () => wakeUp(),
  }
}

const calls = (start: { readonly mock: { readonly calls: unknown[] } }, count: number) =>
  vi.waitFor(() => expect(start.mock.calls).toHaveLength(count))

test('the services start at once if the store can be written', async () => {
  const { started, start, warnings } = setUp()
  expect((await started).problem).toBeUndefined()
  expect(start).toHaveBeenCalledTimes(1)
  expect(warnings).toEqual([])
})

test('what is wrong with a service is the problem of the server, and so is what only that service cannot write', async () => {
  expect((await setUp({ outcomes: [WRONG] }).started).problem).toBe(WRONG.problem)
  expect((await setUp({ outcomes: [LOST] }).started).problem).toBe(LOST.problem)
})

test('while the store cannot be written they wait, and start once it can', async () => {
  const { started, start, warnings, tellWritable } = setUp({ isAway: 1 })
  expect((await started).problem).toBeUndefined()
  expect(warnings).toEqual([expect.stringContaining('the database is away; until they can')])
  expect(start).not.toHaveBeenCalled()
  tellWritable()
  await calls(start, 1)
  tellWritable()
  expect(start).toHaveBeenCalledTimes(1)
})

test('a store that is lost again while they start does not end the server', async () => {
  const { started, start, warnings, problems, tellWritable, wakeUp } = setUp({
    isAway: 1,
    outcomes: [LOST, LOST, undefined],
  })
  const { cancel } = await started
  tellWritable()
  await calls(start, 1)
  await vi.waitFor(() => {
    wakeUp()
    expect(start).toHaveBeenCalledTimes(3)
  })
  await cancel()
  expect(start).toHaveBeenCalledTimes(3)
  expect(problems).toEqual([])
  expect(warnings.slice(1)).toEqual([
    'events can be stored again',
    'cannot store the rules: the disk is full; it is tried again until it succeeds',
  ])
})

test('nor does a store that is lost while they start for the first time', async () => {
  let checks = 0
  const start = vi.fn(
    async (): Promise<NotStarted | undefined> => (start.mock.calls.length < 3 ? LOST : undefined),
  )
  const { problem } = await startWhenWritable({
    store: {
      check: async () => {
        checks += 1
        if (checks > 1) throw new Error('the database is away')
      },
      onWriteProblem: () => () => {},
    },
    start,
    warn: () => {},
    onLateProblem: () => {},
    sleep: async () => {},
  })
  expect(problem).toBeUndefined()
  await calls(start, 3)
})

test('a problem of another kind ends the server then', async () => {
  const { started, problems, tellWritable } = setUp({ isAway: 1, outcomes: [WRONG] })
  await started
  tellWritable()
  await vi.waitFor(() => expect(problems).toEqual([WRONG.problem]))
})

test('they do not start after the end of the server', async () => {
  const { started, start, tellWritable } = setUp({ isAway: 1, outcomes: [LOST, LOST] })
  const { cancel } = await started
  tellWritable()
  await calls(start, 1)
  await cancel()
  expect(start).toHaveBeenCalledTimes(1)
})
