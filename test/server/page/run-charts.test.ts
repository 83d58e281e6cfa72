import { expect, test } from 'vitest'
import { render } from '../../../src/server/page/html.ts'
import { durationLine, median, runBars } from '../../../src/server/page/run-charts.ts'
import { aRun } from './support.ts'

test('bars have a description in words, and one path for each state', () => {
  const markup = render(
    runBars([
      aRun(1),
      aRun(2, { state: 'failed' }),
      aRun(3, { state: 'lost' }),
      aRun(4, { state: 'running' }),
    ]),
  )
  expect(markup).toContain('aria-label="The last 4 runs: 1 complete, 1 failed, 1 running, 1 without an end"')
  // The failed one has a mark below its bar: it is not told by its colour alone.
  expect(markup.match(/<path class="(\w+)"/g)).toEqual([
    '<path class="complete"',
    '<path class="failed"',
    '<path class="running"',
    '<path class="lost"',
    '<path class="mark"',
  ])
})

test('a bar is as high as its run took long, compared with the longest', () => {
  const markup = render(runBars([aRun(1, { durationSeconds: 10 }), aRun(2, { durationSeconds: 5 })]))
  expect(markup).toContain('d="M142 22v-22M147 22v-11"')
})

test('thirty bars and no more; the newest are at the right', () => {
  const runs = Array.from({ length: 40 }, (_, index) => aRun(index))
  expect(render(runBars(runs)).match(/M\d+ 22v-/g)).toHaveLength(30)
  expect(render(runBars(runs.slice(0, 1)))).toContain('M147 ')
})

test('a monitor with thirty runs costs little to show', () => {
  const runs = Array.from({ length: 30 }, (_, index) => aRun(index, { durationSeconds: 1 + (index % 7) }))
  expect(render(runBars(runs)).length).toBeLessThan(700)
})

test('the line describes the range and the latest duration', () => {
  const runs = [3, 1, 2].map((durationSeconds, index) => aRun(index, { durationSeconds }))
  const line = durationLine(runs)
  expect(line && render(line)).toContain(
    'Durations of the last 3 runs: from 1.0 s to 3.0 s, half of them under 2.0 s, the latest 2.0 s',
  )
  const { durationSeconds: _none, ...without } = aRun(9)
  expect(durationLine([aRun(1), without])).toBeUndefined()
})

test.each([
  [[3], 3],
  [[1, 9, 2], 2],
  [[1, 2, 3, 4], 2.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})
