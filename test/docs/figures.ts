/** Writes the table of measured figures in README.md from bench/results.json, which the benchmarks write. */

/** What was measured of a program. */
export type Program = Readonly<Record<string, { readonly median: number }>>

/** One section of results.json, by the names of the programs; a name may end in a version. */
type Figures = Readonly<Record<string, Program | string>>

export interface Results {
  readonly 'https, 26': Figures
  readonly 'far, 26': Readonly<Record<'20 ms' | '200 ms', Figures>>
}

const PROGRAMS: readonly (readonly [title: string, name: RegExp])[] = [
  ['executable', /^executable$/],
  ['npm package', /^npm package$/],
  ['official client', /^cronitor-cli /],
  ['runitor', /^runitor/],
  ['`curl` before and after', /^curl /],
]

const BLOCK = /(?<=^<!-- figures: begin -->\n)[\s\S]*?(?=^<!-- figures: end -->$)/m

/** `text` with its table written again. @throws if it has no place for the table, or if a figure is missing */
export function withFigures(text: string, results: Results): string {
  if (!BLOCK.test(text)) throw new Error('the text has no place for the figures')
  const near = results['https, 26']
  const far = results['far, 26']['200 ms']
  const rows: readonly (readonly [title: string, figures: Figures, measure: string])[] = [
    ['until the job starts', near, 'start'],
    ['until the job starts, with the API 200 ms away', far, 'start'],
    ['whole run', near, 'whole'],
    ['processor time', near, 'cpu'],
    ['memory', near, 'rss'],
  ]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const table = [
    line(['', ...PROGRAMS.map(([title]) => title)]).replace('|  |', '| |'),
    line(['---', ...PROGRAMS.map(() => '---')]),
    ...rows.map(([title, figures, measure]) =>
      line([title, ...PROGRAMS.map(([, name]) => median(figures, name, measure))]),
    ),
  ]
  return text.replace(BLOCK, table.join(''))
}

/** With one decimal, as long as the figure is below 10. */
function median(figures: Figures, name: RegExp, measure: string): string {
  const program = Object.keys(figures).find(each => name.test(each))
  const measured = program === undefined ? undefined : figures[program]
  const value = typeof measured === 'object' ? measured[measure]?.median : undefined
  if (value === undefined) throw new Error(`no figure ${measure} of ${name}`)
  return value.toFixed(value < 10 ? 1 : 0)
}
