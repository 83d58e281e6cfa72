import { expect, test } from 'vitest'
import { readMetrics } from '../../../../src/commands/exec/control/read-metrics.ts'

const read = (text: string, earlier = {}) =>
  readMetrics(
    { kind: 'text', text },
    Object.entries(earlier).map(([name, value]) => ({ name, value: Number(value) })),
  )

test('lines of the form NAME=VALUE, the last value of a name, over those from the output', () => {
  const { metrics, warnings } = read('# rows\nrows=1\r\n\n  files = 2.5e3 \nrows=3', { rows: 9, other: 1 })
  expect(Object.fromEntries(metrics.map(({ name, value }) => [name, value]))).toEqual({
    rows: 3,
    files: 2500,
    other: 1,
  })
  expect(warnings).toEqual([])
})

test('the first wrong line gives a warning that counts the others', () => {
  const { metrics, warnings } = read('a b=1\nrows\nduration=3\nx=NaN\nok=1\n')
  expect(metrics).toEqual([{ name: 'ok', value: 1 }])
  expect(warnings).toEqual([
    'CRONITOR_METRICS, line 1: metric name "a b" is not 1 to 63 of the characters A-Z a-z 0-9 _ - (and 3 more)',
  ])
})

test.each([
  ['rows\n', 'CRONITOR_METRICS, line 1: "rows" is not NAME=VALUE'],
  ['duration=3\n', 'CRONITOR_METRICS, line 1: the metric duration is measured, and cannot be set'],
  ['x=1e999\n', 'CRONITOR_METRICS, line 1: value "1e999" of metric x is not a finite decimal number'],
])('%j: %s', (text, warning) => {
  expect(read(text)).toEqual({ metrics: [], warnings: [warning] })
})

test('metrics that leave no room for a message are left out', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `metric_${index}=${index}`).join('\n')
  const { metrics, warnings } = read(lines)
  expect(metrics.length).toBeGreaterThan(100)
  const query = metrics.map(({ name, value }) => `&metric=${name}%3A${value}`).join('')
  expect(query.length).toBeLessThanOrEqual(4000)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^too many metrics for one event: metric_\d+, metric_\d+, metric_\d+ and others left out$/,
    ),
  ])
})

test('a file that cannot be used gives a warning', () => {
  expect(readMetrics({ kind: 'unusable', problem: 'is a symbolic link' })).toEqual({
    metrics: [],
    warnings: ['CRONITOR_METRICS: the file is a symbolic link; its metrics are not reported'],
  })
  expect(readMetrics({ kind: 'none' })).toEqual({ metrics: [], warnings: [] })
})
