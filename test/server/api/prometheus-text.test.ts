import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Family } from '../../../src/server/api/prometheus-text.ts'
import { readExposition } from './prometheus-grammar.ts'
import { prometheusText } from './support.ts'

test('a family is written as its help, its type and its samples', () => {
  const family: Family = {
    name: 'x_total',
    type: 'counter',
    help: 'Of a \\ and\na line.',
    samples: [{ value: 1 }, { labels: { monitor: 'a "b" \\ c\nd', state: 'ok' }, value: 2.5 }],
  }
  expect(prometheusText([family])).toBe(`# HELP x_total Of a \\\\ and\\na line.
# TYPE x_total counter
x_total 1
x_total{monitor="a \\"b\\" \\\\ c\\nd",state="ok"} 2.5
`)
})

test('a family without samples is left out', () => {
  expect(prometheusText([{ name: 'x', type: 'gauge', help: 'X.', samples: [] }])).toBe('')
})

test('any labels and values can be read back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), {
        selector: pair => JSON.stringify(pair),
      }),
      fc.double({ noNaN: true }),
      (pairs, value) => {
        const samples = pairs.map(([monitor, state]) => ({ labels: { monitor, state }, value }))
        const text = prometheusText([{ name: 'cronitor_x', type: 'gauge', help: 'X.', samples }])
        const read = readExposition(text).get('cronitor_x')?.samples ?? []
        expect(read.map(({ labels }) => labels)).toEqual(samples.map(({ labels }) => labels))
        for (const sample of read) expect(sample.value).toEqual(value === 0 ? 0 : value)
      },
    ),
  )
})

test.each([
  'x 1',
  '# HELP x X.\n# TYPE x gauge\nx 1',
  '# HELP x X.\n# TYPE x gauge\nx{a="b} 1\n',
  '# HELP x X.\n# TYPE x gauge\nx{a="\\t"} 1\n',
  '# HELP x X.\n# TYPE x gauge\nx 1\nx 1\n',
  '# HELP x X.\n# TYPE x gauge\ny 1\n',
  '# HELP x X.\nx 1\n',
  '# HELP x X.\n# TYPE x gauge\nx one\n',
])('the test sees that this is wrong: %j', text => {
  expect(() => readExposition(text)).toThrow()
})
