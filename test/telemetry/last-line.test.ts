import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastLine } from '../../src/telemetry/last-line.ts'
import { invisibleCharactersIn } from '../support/invisible-characters.ts'

test.each([
  ['the last line', 'first\nlast', 'last'],
  ['the last line with something in it', 'first\nlast\n\n  \n', 'last'],
  [
    'the reason with the line before it',
    'a\nNo space left on device\nexit status 3',
    'No space left on device · exit status 3',
  ],
  ['a signal with the line before it', 'copying\nkilled by SIGKILL', 'copying · killed by SIGKILL'],
  ['a time-out with the line before it', 'copying\n\ntimed out after 10m', 'copying · timed out after 10m'],
  ['the reason alone', 'exit status 3', 'exit status 3'],
  ['what was not found', 'command not found: foo', 'command not found: foo'],
  ['what looks like a reason further up, without it', 'exit status 3\nretrying\ngave up', 'gave up'],
  ['one line of other line ends', 'a\r\nb\u2028c\r', 'c'],
  ['without indentation and tabs', 'Traceback\n\tValueError:\tno', 'ValueError: no'],
  ['nothing', '', ''],
  ['nothing of nothing', undefined, ''],
])('%s', (_what, message, end) => {
  expect(lastLine(message)).toBe(end)
})

test('a long line is cut at its front', () => {
  expect(lastLine('No space left on device\nexit status 3', 20)).toBe('…ice · exit status 3')
  expect(lastLine('abcde\u0301f', 3)).toBe('…f')
  expect(lastLine('👩🏽👩🏽', 2)).toBe('…')
})

test('the result is one printable line within the given length', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer({ min: 1, max: 50 }),
      (text, most) => {
        const end = lastLine(text, most)
        expect(invisibleCharactersIn(end)).toEqual([])
        expect([...end].length).toBeLessThanOrEqual(most)
      },
    ),
  )
})
