/** Commands that cron cuts, or that notice the wrapper in front of them. */

import { bareCommandEnd, cronSplit } from '../cron-split.ts'
import type { CrontabForm, JobLine } from '../crontab-file.ts'
import type { Finding, FindingKind } from '../finding.ts'

export function checkCommand(job: JobLine, { dialect }: CrontabForm): readonly Finding[] {
  const { command, number: line, variables } = job
  const { shellCommand } = cronSplit(command, dialect)
  const problems: readonly (readonly [kind: FindingKind, message: string | undefined])[] = [
    ['bare-percent', barePercent(command)],
    ['option-of-cronie', dialect === 'debian' && /^-n[ \t]/.test(command) ? OPTION_OF_CRONIE : undefined],
    ['counts-processes', countsProcesses(shellCommand)],
    [
      'own-process-group',
      /\bkill\b[^;&|\n]{0,99}\s-(?:-\s+-)?\$\$/.test(shellCommand) ? OWN_GROUP : undefined,
    ],
    ['startup-file-twice', readsStartupFile(variables) ? STARTUP_FILE : undefined],
  ]
  return problems.flatMap(([kind, message]) =>
    message === undefined ? [] : [{ kind, line, level: 'warning' as const, message }],
  )
}

const OPTION_OF_CRONIE =
  '"-n" in front of a command is an option of cronie: Debian\'s cron hands it to the shell, which cannot run it'

const OWN_GROUP =
  'the command signals its own process group: with the wrapper in front, give the wrapper --own-group'

const STARTUP_FILE =
  'each bash reads the file in BASH_ENV: with the wrapper in front, it is read twice unless the command is a single word'

/** A `%` that was not meant as the end of the command: of a date's format, of an address, or within quotes. */
function barePercent(command: string): string | undefined {
  const end = bareCommandEnd(command)
  if (end === command.length) return undefined
  const front = command.slice(0, end)
  const behind = command.slice(end)
  const isFormat = /[\s"']\+[^\s;&|]*$/.test(front) || /\bdate\b[^;&|]{0,99}\+[^;&|]{0,99}$/.test(front)
  const isAddress = /:\/\/\S*$/.test(front) && /^%[0-9A-Fa-f]{2}/.test(behind)
  if (!isFormat && !isAddress && !hasOpenQuote(front)) return undefined
  return `the first "%" ends the command, so that the shell gets only "${front}": write "\\%"`
}

function hasOpenQuote(text: string): boolean {
  const rest = text.replace(/\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|`[^`]*`/g, '')
  return /['"`]/.test(rest) || (rest.match(/\$\(/g) ?? []).length > (rest.match(/\)/g) ?? []).length
}

/** The arguments of the wrapper contain the whole command, so it is found where command lines are searched. */
function countsProcesses(shellCommand: string): string | undefined {
  const how = [PGREP_BY_LINE, PS_AND_GREP]
    .map(form => form.exec(shellCommand)?.[1])
    .find(name => name !== undefined)
  if (how === undefined) return undefined
  const means = how === 'ps' ? 'ps and grep' : `${how} -f`
  return `the command searches the command lines of processes (${means}), and the arguments of the wrapper contain the command: it is found once more; use flock(1) or --lock instead`
}

/** Also within `$(…)`. Without -f, these two look at the program's name, which the wrapper does not have. */
const PGREP_BY_LINE = /(?<![\w.-])(pgrep|pkill)(?=\s)[^;&|\n]{0,200}?\s-(?:[A-Za-z]{0,20}f|-full\b)/
const PS_AND_GREP = /(?<![\w.-])(ps)(?=[\s|])[^;&\n]{0,200}?\|\s{0,9}(?:[ef]?grep|awk)\b/

function readsStartupFile({ SHELL = '', BASH_ENV = '' }: JobLine['variables']): boolean {
  return BASH_ENV !== '' && /\/bash(?:-static)?$/.test(SHELL)
}
