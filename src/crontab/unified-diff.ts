/** Differences in the form that diff -u and patch(1) use. */

export interface DiffLine {
  readonly kind: 'kept' | 'removed' | 'added'
  /** With its line ending, except at the end of a file that has none there. */
  readonly text: string
}

const CONTEXT = 3

/** For files in which lines have been replaced one by one. `before` and `after` have the same length. */
export function replacedLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const lines: DiffLine[] = []
  let added: DiffLine[] = []
  const flush = () => {
    lines.push(...added)
    added = []
  }
  before.forEach((text, index) => {
    const other = after[index] ?? ''
    if (other === text) {
      flush()
      lines.push({ kind: 'kept', text })
      return
    }
    lines.push({ kind: 'removed', text })
    added.push({ kind: 'added', text: other })
  })
  flush()
  return lines
}

/** Empty if nothing differs. */
export function unifiedDiff(name: string, lines: readonly DiffLine[]): string {
  const hunks = hunksOf(lines)
  if (hunks.length === 0) return ''
  return [`--- ${name}\n`, `+++ ${name}\n`, ...hunks.map(hunk => hunkText(lines, hunk))].join('')
}

/** Indices in the list of lines; `to` is the first that does not belong to it. */
interface Hunk {
  readonly from: number
  readonly to: number
}

/** Changes whose context meets are in one hunk. */
function hunksOf(lines: readonly DiffLine[]): readonly Hunk[] {
  const hunks: Hunk[] = []
  lines.forEach(({ kind }, index) => {
    if (kind === 'kept') return
    const from = Math.max(0, index - CONTEXT)
    const to = Math.min(lines.length, index + 1 + CONTEXT)
    const last = hunks.at(-1)
    if (last !== undefined && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to }
    else hunks.push({ from, to })
  })
  return hunks
}

const SIGNS = { kept: ' ', removed: '-', added: '+' } as const

function hunkText(lines: readonly DiffLine[], { from, to }: Hunk): string {
  const inHunk = lines.slice(from, to)
  const count = (other: DiffLine['kind'], some: readonly DiffLine[]) =>
    some.filter(({ kind }) => kind !== other).length
  const range = (other: DiffLine['kind']) => {
    const length = count(other, inHunk)
    const before = count(other, lines.slice(0, from))
    // An empty range stands behind the line with its number.
    return `${length === 0 ? before : before + 1}${length === 1 ? '' : `,${length}`}`
  }
  const body = inHunk.map(({ kind, text }) => `${SIGNS[kind]}${withLineEnd(text)}`).join('')
  return `@@ -${range('added')} +${range('removed')} @@\n${body}`
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n\\ No newline at end of file\n`
}
