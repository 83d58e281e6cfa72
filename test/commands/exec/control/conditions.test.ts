import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createConditions } from '../../../../src/commands/exec/control/conditions.ts'
import { loadPatterns } from '../../../../src/commands/exec/control/patterns.ts'
import { createOutputLines } from '../../../../src/job/output-lines.ts'

const usageError = (problem: string) => new Error(problem)

async function failureOf(
  control: { readonly failIf?: string[]; readonly require?: string[] },
  chunks: readonly string[],
  showsLine = true,
): Promise<string | undefined> {
  const patterns = await loadPatterns(control, new Map(), usageError)
  const conditions = createConditions(patterns, showsLine)
  const lines = createOutputLines(line => line, conditions.onLines)
  for (const chunk of chunks) lines.append(Buffer.from(chunk), 1)
  lines.end()
  return conditions.failure()
}

test.each([
  [{ failIf: ['ERR(OR)?\\b'] }, ['ok\nan ER', 'ROR here\nERR'], 'matched --fail-if: an ERROR here'],
  [{ failIf: ['b', 'a'] }, ['a\nb\n'], 'matched --fail-if: a'],
  [{ failIf: ['^$'] }, ['a\n\n'], 'matched --fail-if: '],
  [{ failIf: ['^$'] }, ['a\n'], undefined],
  [{ require: ['^done$'] }, ['do', 'ne'], undefined],
  [{ require: ['^done$', 'x'] }, ['done\n'], 'no line matched --require x'],
  [{ require: ['^done$'] }, [], 'no line matched --require ^done$'],
  [{ require: ['x'], failIf: ['y'] }, ['y\n'], 'matched --fail-if: y'],
])('%j in %j: %s', async (control, chunks, failure) => {
  expect(await failureOf(control, chunks)).toBe(failure)
})

test('a line that may contain what must be redacted is not the reason', async () => {
  expect(await failureOf({ failIf: ['a'] }, ['a secret\n'], false)).toBe('matched --fail-if')
})

test('finds what a search in the whole output finds, however it is cut', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'b', 'E', ' ', 'é', '🙂'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 6 }),
      async (lines, cuts) => {
        const output = Buffer.from(lines.map(each => `${each}\n`).join(''))
        const at = [
          0,
          ...cuts.map(cut => Math.min(cut, output.length)).toSorted((a, b) => a - b),
          output.length,
        ]
        const patterns = await loadPatterns({ failIf: ['a.?E$'], require: ['^b+'] }, new Map(), usageError)
        const conditions = createConditions(patterns, true)
        const splitter = createOutputLines(each => each, conditions.onLines)
        for (const [index, to] of at.slice(1).entries()) splitter.append(output.subarray(at[index], to), 2)
        splitter.end()
        const match = lines.find(each => /a.?E$/u.test(each))
        const missing = lines.some(each => /^b+/.test(each)) ? undefined : 'no line matched --require ^b+'
        expect(conditions.failure()).toBe(match === undefined ? missing : `matched --fail-if: ${match}`)
      },
    ),
  )
})
