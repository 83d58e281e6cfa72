import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hiddenBy } from '../../src/commands/exec/control/hidden-by.ts'
import { compileRegex } from '../../src/system/linear-regex.ts'
import { composeMessage } from '../../src/telemetry/compose-message.ts'
import { redact } from '../../src/telemetry/redact.ts'

function hide(...sources: string[]) {
  const find = hiddenBy(
    sources.flatMap(source => {
      const compiled = compileRegex(source)
      return compiled.ok ? [compiled.regex] : []
    }),
  )
  if (find === undefined) throw new Error('no expressions')
  return find
}

const KEY = 'abcdefgh12345678'

test.each([
  ['token=\\S+', 'a token=x1 b\ntoken=y2', 'a [redacted] b\n[redacted]'],
  ['^\\d+$', '12\na 12\n34', '[redacted]\na 12\n[redacted]'],
  ['a.c', 'a\nc abc', 'a\nc [redacted]'],
  ['x*', 'ab', 'ab'],
  ['token=\\S+', `token=${KEY}x ${KEY}`, '[redacted] [redacted]'],
])('%s in %j: %j', (source, text, shown) => {
  expect(redact(text, [KEY], hide(source))).toBe(shown)
})

test('after a hundred matches, the rest of a line is redacted as a whole', () => {
  const text = redact(`${'ab'.repeat(150)}\nab`, [], hide('a'))
  expect(text).toBe(`${'[redacted]b'.repeat(100)}[redacted]\n[redacted]b`)
})

const TAIL = 200

/** The message for the end of a long output. */
function messageOf(output: string, sources: readonly string[]): string {
  const bytes = Buffer.from(output)
  return composeMessage({
    tail: bytes.subarray(-TAIL),
    totalBytes: bytes.length,
    secrets: [],
    findHidden: hide(...sources),
  }).output
}

test('a line whose front is cut off is left out, because the rest of a match may not match', () => {
  expect(messageOf(`password: ${'s'.repeat(300)}\nlast`, ['password: .*'])).toBe('last')
  expect(messageOf(`password: ${'s'.repeat(300)}`, ['password: .*'])).toBe('')
  expect(messageOf(`password: ${'s'.repeat(300)}\rlast`, ['password: .*'])).toBe('last')
})

test('no part of a match is in the message, wherever the output is cut', () => {
  const piece = fc.constantFrom(
    'SECRET{deadbeef}',
    'x',
    '\n',
    '\r',
    '\u001b[1m',
    'é',
    'SECRET',
    '{',
    'lines of text ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 80 }), pieces => {
      // The colour is inside of the secret, where it is not seen.
      const output = pieces.join('').replaceAll('deadbeef', 'dead\u001b[31mbeef')
      expect(messageOf(output, ['SECRET\\{[a-z]*\\}'])).not.toMatch(/dead|beef/)
    }),
  )
})

test('the reason is redacted before it is cut', () => {
  const reason = `${'x'.repeat(495)}SECRET{deadbeef}`
  const message = composeMessage({
    tail: Buffer.alloc(0),
    totalBytes: 0,
    secrets: [],
    reason,
    findHidden: hide('SECRET\\{[a-z]*\\}'),
  })
  expect(message.reason).toBe(`${'x'.repeat(495)}[red…`)
})
