import { expect, test } from 'vitest'
import type { Run } from '../../../src/server/monitors/monitors.ts'
import { render } from '../../../src/server/page/html.ts'
import { timeline } from '../../../src/server/page/timeline.ts'
import { aRun, NOW } from './support.ts'

function drawn(runs: readonly Run[]): string {
  const figure = timeline(runs)
  if (figure === undefined) throw new Error('there is nothing to see')
  return render(figure)
}

/** The places of the marks: per cent across, and pixels down. */
function marks(markup: string): (readonly [left: number, top: number])[] {
  return [...markup.matchAll(/<(?:circle c|svg )x="([\d.]+)%" (?:cy|y)="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ])
}

test('runs are in order of time, and longer ones are higher', () => {
  const [first, second, third] = marks(
    drawn([
      aRun(30, { durationSeconds: 3, startedAt: NOW }),
      aRun(10, { durationSeconds: 1, startedAt: NOW - 120_000 }),
      aRun(20, { durationSeconds: 2, startedAt: NOW - 60_000 }),
    ]),
  )
  expect([first?.[0], second?.[0], third?.[0]]).toEqual([1.5, 50, 98.5])
  expect(first?.[1]).toBeGreaterThan(second?.[1] ?? 0)
  expect(second?.[1]).toBeGreaterThan(third?.[1] ?? 0)
})

test.each([
  ['one run', [aRun(1)]],
  ['two in the same moment', [aRun(1, { startedAt: NOW }), aRun(2, { startedAt: NOW })]],
  ['no duration at all', [{ id: 1, monitorKey: 'job', state: 'running', startedAt: NOW } as const]],
  ['times that no Date can be', [aRun(1, { startedAt: -9e15 }), aRun(2, { startedAt: 9e15 })]],
])('%s can be drawn: each place is a number within', (_name, runs) => {
  const markup = drawn(runs)
  expect(marks(markup)).toHaveLength(runs.length)
  for (const [left, top] of marks(markup)) {
    expect(left).toBeGreaterThanOrEqual(0)
    expect(left).toBeLessThanOrEqual(100)
    expect(top).toBeGreaterThanOrEqual(0)
  }
  expect(markup).not.toMatch(/NaN|Infinity|undefined/)
})

test('it has a description in words, and a different mark for each state', () => {
  const markup = drawn([aRun(1), aRun(2, { state: 'failed' }), aRun(3, { state: 'lost' })])
  expect(markup).toMatch(/aria-label="The last 3 runs: 1 complete, 1 failed, 1 without an end, from .* to /)
  const shapes = [...markup.matchAll(/<(?:circle|path) [^>]*(?:r|d)="([^"]*)"\/>/g)].map(([, shape]) => shape)
  expect(new Set(shapes).size).toBe(3)
})

test('without runs there is no timeline', () => {
  expect(timeline([])).toBeUndefined()
})
