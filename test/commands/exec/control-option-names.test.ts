import { expect, test } from 'vitest'
import { CONTROL_OPTIONS } from '../../../src/commands/exec/control/control-options.ts'
import { CONTROL_OPTION_NAMES, mayNameControl } from '../../../src/commands/exec/control-option-names.ts'

test('the list of names is that of the options', () => {
  const names = CONTROL_OPTIONS.map(({ flags }) => flags.replace(/ <.*/, ''))
  expect([...CONTROL_OPTION_NAMES].toSorted()).toEqual(names.toSorted())
})

test.each([
  [['--strict-status', 'key', 'job'], true],
  [['--success-status=0,3', 'key', 'job'], true],
  [['key', 'job', '--strict-status'], true],
  [['-h'], true],
  [['help', 'exec'], true],
  [['--env', 'prod', 'key', 'job', '--strict'], false],
  [['key', 'job', '-v', 'strict-status'], false],
])('%j', (argv, expected) => {
  expect(mayNameControl(argv)).toBe(expected)
})
