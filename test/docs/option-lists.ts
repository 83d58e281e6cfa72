/** Writes the tables of options as lists in the README and the manual pages. */

import { EXEC_OPTIONS } from '../../src/commands/exec/exec-options.ts'
import type { OptionRow } from '../../src/commands/option-table.ts'
import { PING_OPTIONS } from '../../src/commands/ping/ping-options.ts'
import { RUNS_OPTIONS } from '../../src/commands/runs/runs-options.ts'
import { SERVE_OPTIONS } from '../../src/commands/serve/serve-options.ts'
import { SETTINGS_OPTIONS } from '../../src/commands/settings-options.ts'
import {
  SPOOL_DROP_OPTIONS,
  SPOOL_LIST_OPTIONS,
  SPOOL_RETRY_OPTIONS,
} from '../../src/commands/spool/spool-options.ts'

/** The lists as the markers in the documents name them. */
export const LISTS: Readonly<Record<string, readonly OptionRow[]>> = {
  DROP: SPOOL_DROP_OPTIONS,
  EXEC: EXEC_OPTIONS,
  LIST: SPOOL_LIST_OPTIONS,
  RETRY: SPOOL_RETRY_OPTIONS,
  PING: PING_OPTIONS,
  RUNS: RUNS_OPTIONS,
  SERVE: SERVE_OPTIONS,
  SETTINGS: SETTINGS_OPTIONS,
  // Commander adds these two to each command, the version to the programs alone.
  VERSION: [
    { flags: '-V, --version', description: 'show the version' },
    { flags: '-h, --help', description: 'show this help' },
  ],
}

/** The lines between `begin` and `end` of each block, with the names that the block's begin gives. */
const BLOCKS = {
  md: /^(<!-- options: begin ([A-Z ]+) -->\n)[\s\S]*?(?=^<!-- options: end -->$)/gm,
  man: /^(\.\\" options: begin ([A-Z ]+)\n)[\s\S]*?(?=^\.\\" options: end$)/gm,
}

/** `text` with each block written anew. @throws where a block names a list that there is not, or there is no block */
export function withOptionLists(text: string, kind: 'md' | 'man'): string {
  let blocks = 0
  const result = text.replace(BLOCKS[kind], (_block, begin: string, names: string) => {
    blocks += 1
    const rows = names.split(' ').flatMap(name => {
      const list = LISTS[name]
      if (list === undefined) throw new Error(`there is no list of options called ${name}`)
      return list
    })
    return begin + (kind === 'md' ? markdownTable(rows) : mdocList(rows))
  })
  if (blocks === 0) throw new Error('there is no list of options to be written')
  return result
}

function markdownTable(rows: readonly OptionRow[]): string {
  const cells = rows.map(({ flags, description, variable, otherwise }) => [
    `\`${flags}\``,
    markdownText(description),
    variable === undefined ? '' : `\`${variable}\``,
    otherwise === undefined ? '' : markdownText(otherwise),
  ])
  const columns = ['option', 'what it does', 'environment', 'default']
  // A column that would be empty is left out.
  const shown = columns.map((_, column) => cells.some(row => row[column] !== ''))
  const line = (row: readonly string[]) => `| ${row.filter((_, column) => shown[column]).join(' | ')} |\n`
  return [line(columns), line(columns.map(() => '---')), ...cells.map(line)].join('')
}

/** A bar would end the cell, and `<` could start a tag. */
function markdownText(text: string): string {
  return text.replace(/[|<]/g, '\\$&')
}

function mdocList(rows: readonly OptionRow[]): string {
  return `.Bl -tag -width Ds\n${rows.map(mdocItem).join('')}.El\n`
}

function mdocItem({ flags, description, variable, otherwise }: OptionRow): string {
  const [, names = '', value] = /^([^<]*[^<\s])(?:\s+<(.+)>)?$/.exec(flags) ?? []
  const shown = names
    .split(', ')
    .map(name => name.replace(/^--?/, minuses => 'Fl '.repeat(minuses.length)).replaceAll('-', '\\-'))
    .join(' , ')
  return [
    `.It ${shown}${value === undefined ? '' : ` Ar ${value}`}\n`,
    mdocSentence(description),
    variable === undefined ? '' : `Environment variable:\n.Ev ${variable} .\n`,
    otherwise === undefined ? '' : mdocSentence(`default: ${otherwise}`),
  ].join('')
}

/** A capital at the front, a full stop at the end, no line of more than 78 characters. */
function mdocSentence(text: string): string {
  const lines: string[] = []
  for (const word of `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1)
    const escaped = mdocText(word)
    if (last === undefined || last.length + 1 + escaped.length > 78) lines.push(escaped)
    else lines[lines.length - 1] = `${last} ${escaped}`
  }
  return lines.map(line => `${line.replace(/^[.']/, '\\&$&')}\n`).join('')
}

/** Characters that roff would typeset as others: a backslash, the tilde of paths, the minus of an option. */
function mdocText(word: string): string {
  const text = word.replaceAll('\\', '\\e').replaceAll('~', '\\(ti')
  return word.startsWith('-') ? text.replaceAll('-', '\\-') : text
}
