/** A unified diff of two texts that have the same number of lines, as `wrap` and `unwrap` make them: only lines are replaced. */

/** Unchanged lines around a change. */
const CONTEXT = 3

/**
 * Empty if the texts are the same. Both are lines with their line feeds, in the same order. The names stand behind `---` and
 * `+++`, as patch(1) reads them.
 */
export function unifiedDiff(
  before: readonly string[],
  after: readonly string[],
  beforeName: string,
  afterName: string,
): string {
  const hunks = hunksOf(before, after)
  if (hunks.length === 0) return ''
  const header = `--- ${beforeName}\n+++ ${afterName}\n`
  return (
    header +
    hunks.map(([start, end]) => hunkText(before.slice(start, end), after.slice(start, end), start)).join('')
  )
}

type Hunk = readonly [start: number, end: number]

function hunksOf(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const hunks: Hunk[] = []
  for (const [index, line] of before.entries()) {
    if (line === after[index]) continue
    const last = hunks.at(-1)
    const isNear = last !== undefined && index - CONTEXT <= last[1]
    const start = isNear ? last[0] : Math.max(0, index - CONTEXT)
    if (isNear) hunks.pop()
    hunks.push([start, Math.min(before.length, index + 1 + CONTEXT)])
  }
  return hunks
}

function hunkText(before: readonly string[], after: readonly string[], start: number): string {
  const range = `${start + 1}${before.length === 1 ? '' : `,${before.length}`}`
  let text = `@@ -${range} +${range} @@\n`
  let added = ''
  for (const [index, line] of before.entries()) {
    const replacement = after[index] ?? ''
    if (line === replacement) {
      text += added + marked(' ', line)
      added = ''
    } else {
      text += marked('-', line)
      added += marked('+', replacement)
    }
  }
  return text + added
}

function marked(mark: string, line: string): string {
  return `${mark}${line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`}`
}
