import { expect, test } from 'vitest'
import type { Health } from '../../../src/server/monitors/monitors.ts'
import { announceHealth } from '../../../src/server/page/health-announcement.ts'

const news = (...pairs: readonly (readonly [key: string, to: Health, env?: string])[]) =>
  pairs.map(([key, to, env = '']) => ({ revision: 1, key, env, to }))

test('at most three changes are announced, each in a sentence', () => {
  expect(announceHealth(news(['a', 'failing'], ['b', 'late']))).toBe('a is failing. b is late.')
  expect(announceHealth(news(['a', 'healthy'], ['b', 'healthy'], ['c', 'late'], ['d', 'late']))).toBe(
    'a is healthy. b is healthy. c is late. one more has changed.',
  )
})

test('the environment is named, and each of a monitor has changes of its own', () => {
  expect(announceHealth(news(['a', 'failing', 'production'], ['a', 'healthy', 'staging']))).toBe(
    'a is failing in production. a is healthy in staging.',
  )
})

test('only the last change of a monitor is announced; without changes nothing is', () => {
  expect(announceHealth(news(['a', 'failing'], ['a', 'healthy']))).toBe('a is healthy.')
  expect(announceHealth([])).toBeUndefined()
})
