import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanOutput, knownStart, MAX_SEQUENCE_BYTES } from '../../src/telemetry/clean-output.ts'
import { fastest } from '../support/cpu-time.ts'
import { rawOutput, rawOutputWithoutBackspaces } from './raw-output.ts'

function clean(text: string): string {
  return cleanOutput(Buffer.from(text), { frontCut: false })
}

describe('escape sequences', () => {
  test.each([
    ['colours', 'a\x1b[1;31mred\x1b[0m b', 'ared b'],
    ['private and intermediate bytes', '\x1b[?25lx\x1b[0 qy', 'xy'],
    ['a title ended by BEL', '\x1b]0;title ünï\x07text', 'text'],
    ['a link ended by ST', '\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\', 'link'],
    [
      'device control, application, privacy and start-of-string',
      '\x1bPq\x1b\\a\x1b_x\x1b\\b\x1b^y\x1b\\c\x1bXz\x1b\\d',
      'abcd',
    ],
    ['two-byte escapes', 'a\x1bcb\x1b7c\x1b=d', 'abcd'],
    ['character set designations', '\x1b(Ba\x1b)0b\x1b%Gc\x1b#8d', 'abcd'],
    ['one that the end cut off', 'a\x1b[31', 'a'],
    ['ESC as the last byte', 'a\x1b', 'a'],
  ])('%s are removed', (_what, raw, text) => {
    expect(clean(raw)).toBe(text)
  })

  test.each(['\n', '\t'])('are ended by %j, which is kept', control => {
    expect(clean(`a\x1b[31${control}m\x1b]0;x${control}y\x1b${control}z`)).toBe(
      `a${control}m${control}y${control}z`,
    )
  })

  test.each(['\x18', '\x1a', '\0', '\x0e'])('are ended by %j, which is removed', control => {
    expect(clean(`\x1b]0;x${control}y\x1b[3${control}1m`)).toBe('y1m')
  })

  test('ESC inside a sequence starts a new one', () => {
    expect(clean('\x1b[3\x1b[31mred\x1b]0;x\x1b[0m.')).toBe('red.')
  })

  test('a byte that cannot belong to a control sequence ends it and is text', () => {
    expect(clean('\x1b[3é')).toBe('é')
  })

  test('a string without an end hides no text beyond the maximum length', () => {
    const opener = '\x1b]'
    const hidden = 'x'.repeat(MAX_SEQUENCE_BYTES - opener.length)
    expect(clean(`${opener}${hidden}shown`)).toBe('shown')
    expect(clean(`\x1b[${'0'.repeat(MAX_SEQUENCE_BYTES - 2)}1m`)).toBe('1m')
  })
})

describe('characters', () => {
  test('control characters except tabs and line feeds are removed', () => {
    const c1 = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0x80 + index)).join('')
    expect(clean(`\0a\x07\x0b\x0c\x0e\x1f\x7f${c1}\tb\nc`)).toBe('a\tb\nc')
  })

  test('invalid UTF-8 becomes U+FFFD as in the Encoding Standard', () => {
    fc.assert(
      fc.property(
        fc
          .uint8Array({ maxLength: 40 })
          .map(bytes => Buffer.from(bytes.map(byte => (byte < 0x21 ? 0x41 : byte)))),
        bytes => {
          const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
          expect(cleanOutput(bytes, { frontCut: false })).toBe(decoded.replace(/[\x7f-\x9f]/g, ''))
        },
      ),
    )
  })

  test('bytes on both sides of a sequence never join into a character', () => {
    const bytes = Buffer.concat([
      Buffer.from('e282', 'hex'),
      Buffer.from('\x1b[0m'),
      Buffer.from('ac', 'hex'),
    ])
    expect(cleanOutput(bytes, { frontCut: false })).toBe('\ufffd\ufffd')
  })

  test('a byte order mark is kept wherever it stands', () => {
    expect(clean('\ufeffa\n\ufeffb')).toBe('\ufeffa\n\ufeffb')
  })
})

describe('lines', () => {
  test.each([
    ['CRLF ends a line', 'a\r\nb\r\n', 'a\nb'],
    ['several CR and LF end a line', 'a\r\r\r\nb', 'a\nb'],
    ['a redrawn line is its last state', '10%\r50%\r100%\ndone', '100%\ndone'],
    ['a line that ends with CR keeps the state before it', '10%\r50%\r', '50%'],
    ['a state of nothing but colours is empty', '50%\r\x1b[0m\r\x1b[K\nx', '50%\nx'],
    ['blank states count', 'abc\r   \nx', '   \nx'],
    ['line breaks at the end are trimmed, others are not', '\n\na\n\n\nb\n\r\n\n', '\n\na\n\n\nb'],
    ['nothing is nothing', '', ''],
    ['nothing but line breaks is nothing', '\n\r\n\n', ''],
  ])('%s', (_what, raw, text) => {
    expect(clean(raw)).toBe(text)
  })

  test('a progress bar with 10,000 redraws becomes its last state', () => {
    const bar = Array.from({ length: 10_000 }, (_, index) => `\r\x1b[32m${index + 1}/10000\x1b[0m`).join('')
    expect(clean(`start\n${bar}\ndone\n`)).toBe('start\n10000/10000\ndone')
  })
})

describe('backspaces move back, and the next characters overwrite', () => {
  test.each([
    [
      'mke2fs',
      'Allocating group tables:  0/16\b\b\b\b\b     \b\b\b\b\bdone   \nWriting inode tables:  0/16\b\b\b\b\b 7/16\b\b\b\b\b     \b\b\b\b\bdone\n',
      'Allocating group tables: done   \nWriting inode tables: done ',
    ],
    ['bold and underlined words of a manual page', 'N\bNA\bAM\bME\bE _\bf_\bi_\bl_\be', 'NAME file'],
    ['a spinner', 'Checking |\b/\b-\b\\\b', 'Checking \\'],
    ['a spinner that is wiped out', 'Checking |\b/\b \bdone', 'Checking done'],
    ['a password that is corrected', 'Password: ***\b \b\b \b', 'Password: *  '],
    ['a shorter text leaves the rest of the longer one', '100%\b\b\b\bok', 'ok0%'],
    ['backspaces alone erase nothing', 'abc\b\b', 'abc'],
    ['more of them than there are characters stop at the start', 'ab\b\b\b\bX', 'Xb'],
    ['not into the line before', 'ab\n\b\bc', 'ab\nc'],
    ['nor into the state before', 'abc\r\bx\b\r', 'x'],
    ['a state of nothing but backspaces is empty', '50%\r\b\b\r\n', '50%'],
    ['after a redraw', '10%\r20%\b\b5%', '25%'],
    ['with colours in between', 'a\x1b[31mb\x1b[0m\b\x1b[1mc', 'ac'],
    ['a wide character takes two', '世界\b\bx', '世x '],
    ['a wide character that is overwritten by half is gone', '世\bx', ' x'],
    ['a wide character over two narrow ones', 'abc\b\b世', 'a世'],
    ['a wide character over half of another', 'a世\b\b\b界', '界 '],
    ['an accent goes with its letter', 'e\u0301\bx', 'x'],
    ['an accent behind a backspace is on the letter before the cursor', 'ab\b\u0301', 'a\u0301b'],
    ['an accent at the start of a line', '\u0301a\bb', '\u0301b'],
    ['a tab counts as one', 'a\t\bb', 'ab'],
  ])('%s', (_what, raw, text) => {
    expect(clean(raw)).toBe(text)
  })

  test('as on a terminal with a cell for each character', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', ' ', '\b', '\b\b'), { maxLength: 40 }), parts => {
        const cells: string[] = []
        let cursor = 0
        for (const character of parts.join('')) {
          if (character === '\b') cursor = Math.max(0, cursor - 1)
          else cells[cursor++] = character
        }
        expect(clean(`${parts.join('')}\n.`)).toBe(`${cells.join('')}\n.`)
      }),
    )
  })
})

describe('output whose front was cut off', () => {
  function cleanTail(all: Buffer, cut: number): string {
    return cleanOutput(all.subarray(cut), { frontCut: true })
  }

  test('any cut of any output without backspaces gives a suffix of the whole', () => {
    fc.assert(
      fc.property(rawOutputWithoutBackspaces, fc.nat(), (all, seed) => {
        const cut = seed % (all.length + 1)
        const whole = cleanOutput(all, { frontCut: false })
        const tail = cleanTail(all, cut)
        expect(whole.endsWith(tail)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('any cut of any output gives text without control characters', () => {
    fc.assert(
      fc.property(rawOutput, fc.nat(), (all, seed) => {
        expect(cleanTail(all, seed % (all.length + 1))).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
      }),
      { numRuns: 500 },
    )
  })

  test('every cut of one output gives a suffix of the whole', () => {
    const all = Buffer.concat([
      Buffer.from('first\r\nba\x1b[1;31mr €\r\r\x1b]0;t\u00ef\x07\n\n10%\r2👍🏽0%\r\x1b(B\r\n'),
      Buffer.from('e282fff09f', 'hex'),
      Buffer.from('\u0085世界\r\x1b[K\nlast\x1b['),
    ])
    const whole = cleanOutput(all, { frontCut: false })
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(whole.endsWith(cleanTail(all, cut)), `cut at ${cut}`).toBe(true)
    }
  })

  test('a first line with backspaces is shown as if it began at the cut', () => {
    const tail = (text: string) => cleanOutput(Buffer.from(`\0${text}`), { frontCut: true })
    expect(tail('up tables:  0/16\b\b\b\b\bdone ')).toBe('up tables: done ')
    expect(tail('6\b\b\b\bdone\nnext')).toBe('done\nnext')
    expect(tail('\b\b\b=end')).toBe('=end')
  })

  test('every cut of a long line without controls gives a suffix of the whole', () => {
    const all = Buffer.from(`\x1b]0;${'世'.repeat(1500)}\x1b[${'1'.repeat(4200)}€€`)
    const whole = cleanOutput(all, { frontCut: false })
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(whole.endsWith(cleanTail(all, cut)), `cut at ${cut}`).toBe(true)
    }
  })

  test('64 KiB of one line lose at most the longest sequence and a character', () => {
    const line = Buffer.from('世'.repeat(30_000))
    const tail = line.subarray(line.length - 65_536)
    const kept = Buffer.byteLength(cleanOutput(tail, { frontCut: true }))
    expect(kept).toBeGreaterThanOrEqual(65_536 - MAX_SEQUENCE_BYTES - 3)
  })

  test('64 KiB of lines lose at most the first line', () => {
    const tail = Buffer.from(`rest of a line\n${'whole line\n'.repeat(6000)}`)
    expect(cleanOutput(tail, { frontCut: true })).toBe('whole line\n'.repeat(6000).trimEnd())
  })

  test('a sequence that is cut in the middle is removed completely', () => {
    const all = Buffer.from('text \x1b[38;5;196mred\x1b[0m\nnext')
    expect(cleanTail(all, all.indexOf('5;196m'))).toBe('next')
  })

  test('the known state starts at the first control byte', () => {
    expect(knownStart(Buffer.from('abc\x1b[0mdef\n'))).toBe(3)
    expect(knownStart(Buffer.from('abc\ndef'))).toBe(3)
    expect(knownStart(Buffer.from('abc'))).toBe(3)
    expect(knownStart(Buffer.alloc(10_000, 'x'))).toBe(MAX_SEQUENCE_BYTES - 1)
  })
})

test.each([
  ['line feeds', '\n'],
  ['carriage returns', '\r'],
  ['escapes', '\x1b'],
  ['strings never ended', '\x1b]'],
  ['backspaces', '\b'],
  ['overstruck letters', 'x\b'],
  ['redraws by backspaces', '世界\b\b\b\b'],
  ['redraws and backspaces', '\b\rx'],
  ['line feeds with text behind each', '\n\n\nx'],
])('%s take linear time', (_what, unit) => {
  const cpuTimeOf = (size: number) => {
    const bytes = Buffer.alloc(size, unit)
    return fastest(() => cleanOutput(bytes, { frontCut: true }))
  }
  cpuTimeOf(32_768)
  // Eight times as much output takes 8 times as long if linear, 64 times if quadratic. What is too short is not measured exactly.
  expect(cpuTimeOf(262_144) / Math.max(cpuTimeOf(32_768), 1000)).toBeLessThan(32)
})
