import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from '../../src/crontab/unified-diff.ts'
import { tempDir } from '../support/temp.ts'

function changed(lines: readonly string[], numbers: readonly number[]): readonly string[] {
  return lines.map((line, index) => (numbers.includes(index + 1) ? `new ${line}` : line))
}

test('texts without a difference have no diff', () => {
  expect(unifiedDiff(['a\n'], ['a\n'], 'x', 'y')).toBe('')
  expect(unifiedDiff([], [], 'x', 'y')).toBe('')
})

test('a changed line stands between three lines of context', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `${index + 1}\n`)
  expect(unifiedDiff(lines, changed(lines, [5]), 'a/tab', 'b/tab')).toBe(
    '--- a/tab\n+++ b/tab\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+new 5\n 6\n 7\n 8\n',
  )
})

test('the diff is the one of diff -u', () => {
  const folder = tempDir('diff')
  const [old, current] = [join(folder, 'old'), join(folder, 'new')]
  const line = fc.constantFrom('# a', '', '@daily x', '0 2 * * * y\r', '@reboot \xff')
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
      fc.boolean(),
      (texts, numbers, hasOpenEnd) => {
        // Among equal lines, diff has a choice.
        const before = texts.map((text, index) => {
          const isOpen = hasOpenEnd && index === texts.length - 1
          return `${index} ${text}${isOpen ? '' : '\n'}`
        })
        const after = changed(before, numbers)
        writeFileSync(old, before.join(''), 'latin1')
        writeFileSync(current, after.join(''), 'latin1')
        const { stdout } = spawnSync('diff', ['-u', '-a', '--label', 'a', '--label', 'b', old, current], {
          encoding: 'latin1',
        })
        expect(unifiedDiff(before, after, 'a', 'b')).toBe(stdout)
      },
    ),
    { numRuns: 100 },
  )
})
