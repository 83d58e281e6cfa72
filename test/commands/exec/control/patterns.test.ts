import { expect, test } from 'vitest'
import { createConditions } from '../../../../src/commands/exec/control/conditions.ts'
import { loadPatterns } from '../../../../src/commands/exec/control/patterns.ts'

const usageError = (problem: string) => new Error(`usage: ${problem}`)
const inFile = new Map([
  ['failIf', 'fail-if of backup in /etc/x.json'],
  ['redact', 'redact of backup in /etc/x.json'],
] as const)
const onLine = new Map([
  ['failIf', '--fail-if'],
  ['metricFrom', '--metric-from'],
  ['redact', '--redact'],
] as const)

const notLoaded = async (): Promise<never> => {
  throw new Error('Cannot find module')
}

test('nothing is loaded without a regular expression', async () => {
  expect(await loadPatterns({}, new Map(), usageError, notLoaded)).toMatchObject({
    warnings: [],
    redactsAll: false,
  })
})

test.each([
  [{ failIf: ['a', '('] }, 'usage: --fail-if: wrong regular expression (: missing closing )'],
  [
    { metricFrom: ['(?P<name>a)'] },
    'usage: --metric-from: wrong regular expression (?P<name>a): it has no group (?P<value>…)',
  ],
  [{ redact: ['secret('] }, 'usage: --redact: wrong regular expression: missing closing )'],
])('on the command line, %j is an error', async (control, problem) => {
  await expect(loadPatterns(control, onLine, usageError)).rejects.toThrow(problem)
})

test('in a file, a wrong expression gives a warning and the others are used', async () => {
  const { failIf, warnings, redactsAll } = await loadPatterns({ failIf: ['a', '('] }, inFile, usageError)
  expect(failIf.map(({ source }) => source)).toEqual(['a'])
  expect(warnings).toEqual([
    'fail-if of backup in /etc/x.json: wrong regular expression (: missing closing ); going on without it',
  ])
  expect(redactsAll).toBe(false)
})

test('if it is not known what must be redacted, the output is not reported', async () => {
  const { warnings, redactsAll } = await loadPatterns({ redact: ['('] }, inFile, usageError)
  expect(redactsAll).toBe(true)
  expect(warnings).toEqual([
    'redact of backup in /etc/x.json: wrong regular expression: missing closing ); going on without the output in the report',
  ])
})

test('if the library cannot be loaded, nothing matches, --require does not hold and the output is not reported', async () => {
  const control = { failIf: ['a'], require: ['b'], redact: ['c'] }
  const patterns = await loadPatterns(control, onLine, usageError, notLoaded)
  expect(patterns.warnings).toEqual([
    'regular expressions cannot be used: Cannot find module; going on without --fail-if, require, --redact',
  ])
  expect(patterns.redactsAll).toBe(true)
  const conditions = createConditions(patterns, true)
  conditions.onLines(['a', 'b'])
  expect(conditions.failure()).toBe('--require cannot be checked')
})
