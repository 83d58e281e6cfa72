/** Generators of job output: any bytes, mixed with pieces that terminals and decoders treat specially. */

import fc from 'fast-check'

const PIECES = [
  '\x1b',
  '\x1b[',
  '\x1b]',
  '\x1b[31m',
  '\x1b[0m',
  '\x1bP',
  '\x1b\\',
  '\x1b(B',
  '\x1bc',
  '[',
  ']',
  'm',
  ';',
  '0',
  '12',
  '\b',
  '\b\b\b',
  '\r',
  '\n',
  '\r\n',
  '\t',
  '\x07',
  '\x18',
  '\x1a',
  '\0',
  '\x7f',
  ' ',
  'a',
  'word',
  'é',
  'e\u0301',
  '世',
  '€',
  '👍🏽',
  '👩‍👩‍👧',
  '\u0085',
  '\u009b',
  '\ufeff',
  '\ufffd',
].map(piece => Buffer.from(piece))

const BROKEN = ['c3', 'e282', 'f09f91', '80', 'bf', 'ff', 'c080', 'eda080', 'f4908080'].map(hex =>
  Buffer.from(hex, 'hex'),
)

const piece: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 2, arbitrary: fc.constantFrom(...BROKEN) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 8 }).map(bytes => Buffer.from(bytes)) },
)

/** Longer than the longest escape sequence, to reach its limit. */
const longRun: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...PIECES, ...BROKEN), fc.integer({ min: 3900, max: 4300 }))
  .map(([repeated, count]) => Buffer.concat(Array.from({ length: count }, () => repeated)))

export const rawOutput: fc.Arbitrary<Buffer> = fc
  .array(fc.oneof({ weight: 20, arbitrary: piece }, { weight: 1, arbitrary: longRun }), { maxLength: 60 })
  .map(pieces => Buffer.concat(pieces))

/** Backspaces may move in front of a cut, and the result is then not a suffix of the complete text. */
export const rawOutputWithoutBackspaces: fc.Arbitrary<Buffer> = rawOutput.map(bytes =>
  Buffer.from(bytes.filter(byte => byte !== 0x08)),
)
