import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readStdinText } from '../../../src/commands/ping/stdin-text.ts'
import { tempDir } from '../../support/temp.ts'

/** A descriptor 0 that returns `pieces` one by one, in parts if they do not fit, and throws the errors among them. */
function reader(pieces: readonly (Uint8Array | string)[]) {
  const left = pieces.map(piece => (typeof piece === 'string' ? piece : Buffer.from(piece)))
  return (into: Buffer, offset: number, length: number): number => {
    const next = left.shift()
    if (next === undefined) return 0
    if (typeof next === 'string') throw Object.assign(new Error(next), { code: next })
    const count = next.copy(into, offset, 0, length)
    if (count < next.length) left.unshift(next.subarray(count))
    return count
  }
}

describe('readStdinText', () => {
  test('an empty input has no bytes', () => {
    expect(readStdinText({ read: reader([]) })).toEqual({
      tail: Buffer.alloc(0),
      totalBytes: 0,
      problem: undefined,
    })
  })

  test('a short input is kept completely', () => {
    const { tail, totalBytes } = readStdinText({ read: reader([Buffer.from('back'), Buffer.from('up\n')]) })
    expect(tail.toString()).toBe('backup\n')
    expect(totalBytes).toBe(7)
  })

  test('the last 64 KiB of a long input are kept, and all bytes are counted', () => {
    const all = Buffer.alloc(200_000, 'x')
    all.write('the end', all.length - 7)
    const { tail, totalBytes } = readStdinText({ read: reader([all]) })
    expect(totalBytes).toBe(200_000)
    expect(tail.equals(all.subarray(-65_536))).toBe(true)
  })

  test('the tail is the end of any input, read in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (pieces, keep) => {
          const all = Buffer.concat(pieces)
          const { tail, totalBytes } = readStdinText({ read: reader(pieces), keep })
          expect(totalBytes).toBe(all.length)
          expect(tail.equals(all.subarray(-keep))).toBe(true)
        },
      ),
    )
  })

  test('a descriptor that somebody made non-blocking is waited for', () => {
    let pauses = 0
    const pieces = ['EAGAIN', Buffer.from('a'), 'EAGAIN', 'EAGAIN', Buffer.from('b')]
    const { tail, problem } = readStdinText({ read: reader(pieces), pause: () => pauses++ })
    expect(tail.toString()).toBe('ab')
    expect(pauses).toBe(3)
    expect(problem).toBeUndefined()
  })

  test('an error ends the reading; what came before it is kept', () => {
    expect(readStdinText({ read: reader([Buffer.from('a'), 'EIO', Buffer.from('b')]) })).toEqual({
      tail: Buffer.from('a'),
      totalBytes: 1,
      problem: 'EIO',
    })
  })

  describe('as a program of its own', () => {
    const program = join(tempDir(), 'program.mjs')
    const hasPython = spawnSync('python3', ['-c', ''], { stdio: 'ignore' }).status === 0

    beforeAll(() => {
      buildSync({
        stdin: {
          contents: `import { writeSync } from 'node:fs'
            import { readStdinText } from './stdin-text.ts'
            const { tail, totalBytes, problem } = readStdinText()
            writeSync(1, JSON.stringify([tail.length, totalBytes, tail.toString().slice(-3), problem ?? null]))`,
          resolveDir: join(import.meta.dirname, '../../../src/commands/ping'),
        },
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile: program,
      })
    })

    function run(stdin: 'pipe' | 'ignore' | number, input?: string): unknown {
      const { stdout } = spawnSync(process.execPath, [program], {
        ...(input === undefined ? {} : { input }),
        stdio: [stdin, 'pipe', 'inherit'],
      })
      return JSON.parse(stdout.toString())
    }

    test('it reads descriptor 0 to the end', () => {
      expect(run('pipe', `${'x'.repeat(200_000)}end`)).toEqual([65_536, 200_003, 'end', null])
      expect(run('ignore')).toEqual([0, 0, '', null])
    })

    test.skipIf(!hasPython)('it waits at a non-blocking descriptor (python3 makes it one)', () => {
      const nonBlocking = 'import os, sys; os.set_blocking(0, False); os.execv(sys.argv[1], sys.argv[1:])'
      const script = '(sleep 0.2; printf abc) | python3 -c "$1" "$2" "$3"'
      const { stdout } = spawnSync('sh', ['-c', script, 'sh', nonBlocking, process.execPath, program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      expect(JSON.parse(stdout.toString())).toEqual([3, 3, 'abc', null])
    })

    test('it says why it cannot read a folder', () => {
      const folder = openSync(tempDir(), 'r')
      try {
        expect(run(folder)).toEqual([0, 0, '', 'EISDIR'])
      } finally {
        closeSync(folder)
      }
    })
  })
})
