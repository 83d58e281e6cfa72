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
  ['a b', 'has white space in it'],
  ['a\n', 'has white space in it'],
  ['a\u00a0b', 'has white space in it'],
  ['a\0', 'has a control character in it'],
  ['a\u0085', 'has a control character in it'],
  ['a\ud800', 'is not valid Unicode'],
])('%j cannot: it %s', (key, problem) => {
  expect(checkMonitorKey(key)).toBe(problem)
})
