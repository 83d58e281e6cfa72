import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replacedLines, unifiedDiff } from '../../src/crontab/unified-diff.ts'
import { tempDir } from '../support/temp.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`)

function changed(lines: readonly string[], ...numbers: readonly number[]): string[] {
  return lines.map((line, index) => (numbers.includes(index + 1) ? `new ${line}` : line))
}

test('a change is shown with three lines around it', () => {
  const before = numbered(9)
  expect(unifiedDiff('/etc/crontab', replacedLines(before, changed(before, 5)))).toBe(`--- /etc/crontab
+++ /etc/crontab
@@ -2,7 +2,7 @@
 line 2
 line 3
 line 4
-line 5
+new line 5
 line 6
 line 7
 line 8
`)
})

test('nothing is printed if nothing differs', () => {
  expect(unifiedDiff('x', replacedLines(numbered(3), numbered(3)))).toBe('')
})

test('a last line without a line feed is marked', () => {
  expect(unifiedDiff('x', replacedLines(['a'], ['b']))).toBe(`--- x
+++ x
@@ -1 +1 @@
-a
\\ No newline at end of file
+b
\\ No newline at end of file
`)
})

test('lines can be added and removed', () => {
  const lines = [
    { kind: 'kept', text: 'a\n' },
    { kind: 'removed', text: 'b\n' },
    { kind: 'added', text: 'c\n' },
    { kind: 'added', text: 'd\n' },
  ] as const
  expect(unifiedDiff('x', lines)).toBe('--- x\n+++ x\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n')
  expect(unifiedDiff('x', [{ kind: 'added', text: 'a\n' }])).toBe('--- x\n+++ x\n@@ -0,0 +1 @@\n+a\n')
})

const noDiff = spawnSync('diff', ['--version']).error !== undefined

test.skipIf(noDiff)(`diff -u prints the same hunks${noDiff ? ' (skipped: there is no diff)' : ''}`, () => {
  const folder = tempDir('diff')
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 6 })
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 40 }), (replaced, length) => {
      const before = numbered(length)
      const after = changed(before, ...replaced)
      writeFileSync(one, before.join(''))
      writeFileSync(other, after.join(''))
      const { stdout } = spawnSync('diff', ['-u', one, other], { encoding: 'utf8' })
      const hunks = (text: string) => text.split('\n').slice(2).join('\n')
      expect(hunks(unifiedDiff('x', replacedLines(before, after)))).toBe(hunks(stdout))
    }),
    { numRuns: 40 },
  )
})

const noPatch = spawnSync('patch', ['--version']).error !== undefined

test.skipIf(noPatch)(`patch applies it${noPatch ? ' (skipped: there is no patch)' : ''}`, () => {
  const file = join(tempDir('patch'), 'crontab')
  const before = numbered(30)
  const after = changed(before, 1, 2, 9, 20, 30)
  writeFileSync(file, before.join(''))
  execFileSync('patch', ['--silent', file], { input: unifiedDiff(file, replacedLines(before, after)) })
  expect(readFileSync(file, 'utf8')).toBe(after.join(''))
})
