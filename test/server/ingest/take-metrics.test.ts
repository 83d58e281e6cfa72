import { expect, test } from 'vitest'
import { takeMetrics } from '../../../src/server/ingest/take-metrics.ts'

const metricsOf = (text: string) =>
  Object.fromEntries(takeMetrics(text).metrics.map(({ name, value }) => [name, value]))

test.each<[string, Readonly<Record<string, number>>]>([
  ['count:3', { count: 3 }],
  ['count=3', { count: 3 }],
  ['duration:1.2e-05', { duration: 0.000012 }],
  ['count:-1', { count: -1 }],
  ['rows.read:7', { 'rows.read': 7 }],
  // The help of the vendor's command-line tool, and what the tool sends then.
  ['count:processed=100,error_count:failed=2', { processed: 100, failed: 2 }],
  ['count:processed:100', { processed: 100 }],
  ['duration:db.query=1.5', { 'db.query': 1.5 }],
  ['count:count=1', { count: 1 }],
  ['a:1, b = 2 ,c:3', { a: 1, b: 2, c: 3 }],
  [`${'n'.repeat(63)}:1`, { ['n'.repeat(63)]: 1 }],
])('%s is read completely', (text, metrics) => {
  expect(takeMetrics(text).problems).toEqual([])
  expect(metricsOf(text)).toEqual(metrics)
})

test.each<[string, Readonly<Record<string, number>>, RegExp]>([
  ['a:nan,b:2', { b: 2 }, /the value of the metric a is not a finite decimal number/],
  ['count:a=1,error_count:b=inf', { a: 1 }, /the value of the metric b /],
  ['a:1,', { a: 1 }, /NAME:VALUE/],
  ['', {}, /NAME:VALUE/],
  ['a', {}, /NAME:VALUE/],
  ['a:', {}, /the value/],
  ['a:None', {}, /the value/],
  ['a:1e999', {}, /the value/],
  ['a:0x10', {}, /the value/],
  ['duration:12:30', {}, /the value of the metric duration/],
  ['rows read:1', {}, /the name/],
  [':1', {}, /the name/],
  [`${'n'.repeat(64)}:1`, {}, /the name/],
])('of %j only what is wrong is left out', (text, metrics, problem) => {
  expect(metricsOf(text)).toEqual(metrics)
  expect(takeMetrics(text).problems).toEqual([expect.stringMatching(problem)])
})
