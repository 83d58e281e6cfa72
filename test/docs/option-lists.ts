/** Writes the tables of options as lists in docs/reference.md and the manual pages. */

import {
  CRONTAB_CHECK_OPTIONS,
  CRONTAB_LIST_OPTIONS,
  CRONTAB_UNWRAP_OPTIONS,
  CRONTAB_WRAP_OPTIONS,
} from '../../src/commands/crontab/crontab-options.ts'
import { CONFIGURE_OPTIONS, DOCTOR_OPTIONS } from '../../src/commands/doctor/doctor-options.ts'
import { CONTROL_OPTIONS } from '../../src/commands/exec/control/control-options.ts'
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
import { TRY_OPTIONS } from '../../src/commands/try/try-options.ts'

/** The lists by their names in the markers of the documents. */
export const LISTS: Readonly<Record<string, readonly OptionRow[]>> = {
  CONFIGURE: CONFIGURE_OPTIONS,
  DOCTOR: DOCTOR_OPTIONS,
  DROP: SPOOL_DROP_OPTIONS,
  EXEC: EXEC_OPTIONS,
  CONTROL: CONTROL_OPTIONS,
  LIST: SPOOL_LIST_OPTIONS,
  RETRY: SPOOL_RETRY_OPTIONS,
  PING: PING_OPTIONS,
  RUNS: RUNS_OPTIONS,
  SERVE: SERVE_OPTIONS,
  CRONTABLIST: CRONTAB_LIST_OPTIONS,
  CRONTABCHECK: CRONTAB_CHECK_OPTIONS,
  CRONTABWRAP: CRONTAB_WRAP_OPTIONS,
  CRONTABUNWRAP: CRONTAB_UNWRAP_OPTIONS,
  SETTINGS: SETTINGS_OPTIONS,
  TRY: TRY_OPTIONS,
  // Commander adds --help to each command, and --version only to the programs.
  VERSION: [
    { flags: '-V, --version', description: 'show the version' },
    { flags: '-h, --help', description: 'show this help' },
  ],
}

/** A block: the names of its lists are in the line that begins it. */
const BLOCKS = {
  md: /^(<!-- options: begin ([A-Z ]+) -->\n)[\s\S]*?(?=^<!-- options: end -->$)/gm,
  man: /^(\.\\" options: begin ([A-Z ]+)\n)[\s\S]*?(?=^\.\\" options: end$)/gm,
}

/** `text` with each block written again. @throws if a block names an unknown list, or if there is no block */
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
  if (blocks === 0) throw new Error('the text contains no list of options')
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
  // Empty columns are omitted.
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

/** Starts with a capital and ends with a full stop, in lines of at most 78 characters. */
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

/** Escapes characters that roff would replace: backslashes, tildes of paths, hyphens of options. */
function mdocText(word: string): string {
  const text = word.replaceAll('\\', '\\e').replaceAll('~', '\\(ti')
  return word.startsWith('-') ? text.replaceAll('-', '\\-') : text
}
