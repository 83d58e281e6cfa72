import { expect, test } from 'vitest'
import { checkMonitorKey } from '../../src/telemetry/monitor-key.ts'

test.each(['a', 'nightly-backup', 'a/b', '%2F', '...', '.a', 'é世🚀', 'x'.repeat(128), '🚀'.repeat(128)])(
  '%j can be a monitor key',
  key => {
    expect(checkMonitorKey(key)).toBeUndefined()
  },
)

test.each([
  ['', 'is empty'],
  ['.', 'is a dot segment of a path'],
  ['..', 'is a dot segment of a path'],
  ['x'.repeat(129), 'has more than 128 characters'],
  ['a b', 'contains white space'],
  ['a\n', 'contains white space'],
  ['a\u00a0b', 'contains white space'],
  ['a\0', 'contains a control character'],
  ['a\u0085', 'contains a control character'],
  ['a\ud800', 'is not valid Unicode'],
])('%j cannot: it %s', (key, problem) => {
  expect(checkMonitorKey(key)).toBe(problem)
})
