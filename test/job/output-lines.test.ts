import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutputLines, MAX_LINE_BYTES } from '../../src/job/output-lines.ts'

const clean = (line: string): string => line.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '')

function linesOf(chunks: readonly (readonly [Buffer, 1 | 2])[]): string[] {
  const lines: string[] = []
  const splitter = createOutputLines(clean, each => lines.push(...each))
  for (const [chunk, descriptor] of chunks) {
    const reused = Buffer.from(chunk)
    splitter.append(reused, descriptor)
    reused.fill('X')
  }
  splitter.end()
  return lines
}

/** The lines of a whole output. */
function naive(output: Buffer): string[] {
  if (output.length === 0) return []
  const lines: string[] = []
  for (let from = 0; from < output.length; ) {
    const lineBreak = output.indexOf('\n', from)
    const end = lineBreak === -1 ? output.length : lineBreak
    let start = from
    do {
      const stop = Math.min(end, start + MAX_LINE_BYTES)
      lines.push(clean(output.toString('utf8', start, stop)))
      start = stop
    } while (start < end)
    from = end + 1
  }
  return lines
}

const piece = fc.oneof(
  fc.constantFrom('\n', '\n\n', '\r\n', 'ERROR', '\u001b[31m', 'é', '🙂', '').map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 6 }).map(bytes => Buffer.from(bytes)),
)

test('lines do not depend on how the output is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (pieces, cuts) => {
        const output = Buffer.concat(pieces)
        const at = [
          0,
          ...cuts.map(cut => Math.min(cut, output.length)).toSorted((a, b) => a - b),
          output.length,
        ]
        const chunks = at.slice(1).map((to, index) => [output.subarray(at[index], to), 1] as const)
        expect(linesOf(chunks)).toEqual(naive(output))
      },
    ),
  )
})

test('stdout and stderr have lines of their own', () => {
  const chunks = [
    [Buffer.from('ERR'), 1],
    [Buffer.from('OR\nx'), 2],
    [Buffer.from('OR\n'), 1],
  ] as const
  expect(linesOf(chunks)).toEqual(['OR', 'ERROR', 'x'])
})

test.each([65_536, 1_000_003, 3_000_000])('a long line is split alike in chunks of %i bytes', size => {
  const output = Buffer.from(`${'é'.repeat(1_300_000)}\n${'a'.repeat(MAX_LINE_BYTES)}\nb\n`)
  const chunks: [Buffer, 1][] = []
  for (let from = 0; from < output.length; from += size) chunks.push([output.subarray(from, from + size), 1])
  const lengths = (lines: readonly string[]) => lines.map(({ length }) => length)
  expect(lengths(linesOf(chunks))).toEqual(lengths(naive(output)))
  expect(linesOf(chunks).at(-1)).toBe('b')
})

test('an endless line that comes in single bytes is split', () => {
  const lines: string[] = []
  const splitter = createOutputLines(clean, each => lines.push(...each))
  const byte = Buffer.from('a')
  for (let count = 0; count < MAX_LINE_BYTES + 2; count += 1) splitter.append(byte, 1)
  expect(lines.map(({ length }) => length)).toEqual([MAX_LINE_BYTES])
  splitter.end()
  expect(lines.at(-1)).toBe('aa')
})
