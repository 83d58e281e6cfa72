/** Finds the examples of the documents, the man pages and `--help`, as the text that a reader would type or paste. */

export type ExampleKind =
  | 'sh'
  | 'crontab'
  | 'yaml'
  | 'json'
  | 'systemd'
  | 'js'
  | 'text'
  | 'ini'
  | 'dockerfile'

export interface Example {
  /** Where it stands, for people: `README.md:12`. */
  readonly where: string
  readonly kind: ExampleKind
  readonly text: string
}

const KINDS: readonly string[] = [
  'sh',
  'crontab',
  'yaml',
  'json',
  'systemd',
  'js',
  'text',
  'ini',
  'dockerfile',
]

/** Fenced blocks. @throws if one has no language, or one that the tests cannot run */
export function markdownExamples(name: string, text: string): Example[] {
  return [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = ''], index) => ({
    where: `${name}, block ${index + 1}`,
    kind: kindOf(kind, name),
    text: body,
  }))
}

/** The command lines in the column `new line` of tables. */
export function newLines(name: string, text: string): Example[] {
  const tables = [...text.matchAll(/^\| old line \| new line \|.*\n\|[- |]+\n((?:\|.*\n)+)/gm)]
  return tables.flatMap(([, rows = '']) =>
    rows
      .trimEnd()
      .split('\n')
      .map(row => {
        // `\\|` in a cell is a bar.
        const [, , cell = ''] = row.split(/(?<!\\)\|/)
        const [, line] = /^ `([^`]+)` $/.exec(cell) ?? []
        if (line === undefined) throw new Error(`${name}: no command line in the new column of ${row}`)
        return { where: `${name}, ${line}`, kind: 'sh' as const, text: `${line.replaceAll('\\|', '|')}\n` }
      }),
  )
}

/** Do the lines stand in the file, one after the other, whatever their indentation? */
export function isExcerpt(text: string, file: string): boolean {
  const flat = (lines: string) =>
    `\n${lines
      .split('\n')
      .map(line => line.trim())
      .join('\n')}`
  return flat(file).includes(flat(text))
}

/** Blocks of `.Bd -literal` and lines of `.Dl`; `.\" example: KIND` in front says what they are if not shell. */
export function mdocExamples(name: string, text: string): Example[] {
  const block = /^(?:\.\\" example: (\S+)\n)?(?:\.Bd -literal[^\n]*\n([\s\S]*?)^\.Ed$|\.Dl (.*)$)/gm
  return [...text.matchAll(block)].map(([, kind = 'sh', body, line], index) => ({
    where: `${name}, block ${index + 1}`,
    kind: kindOf(kind, name),
    text: withoutRoff(body ?? `${line}\n`),
  }))
}

/** The lines after `Examples:` and the like that are indented by two; crontab lines are recognised by their form. */
export function helpExamples(name: string, text: string): Example[] {
  const [, examples = ''] = /^(Examples:\n[\s\S]*)$/m.exec(text) ?? []
  return [...examples.matchAll(/(?:^ {2}\S.*\n)+/gm)].map(([block], index) => ({
    where: `${name}, example block ${index + 1}`,
    kind: /^ {2}\d/m.test(block) ? 'crontab' : 'sh',
    text: block.replace(/^ {2}/gm, ''),
  }))
}

function kindOf(kind: string, name: string): ExampleKind {
  if (!isKind(kind)) throw new Error(`${name}: an example is called ${JSON.stringify(kind)}`)
  return kind
}

function isKind(kind: string): kind is ExampleKind {
  return KINDS.includes(kind)
}

/** Undoes the escapes of the examples. @throws for others, which would be shown as something else */
function withoutRoff(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '-': '-', e: '\\', '&': '', '(aq': "'", '(ti': '~' }
  return text.replace(/\\(\(..|.)/g, (_escape, name: string) => {
    const character = escapes[name]
    if (character === undefined) throw new Error(`the escape \\${name} in an example`)
    return character
  })
}

export interface CrontabLine {
  /** The five fields of the time. */
  readonly schedule: readonly string[]
  /** As cron hands it to the shell: up to the first `%` that is not escaped. */
  readonly command: string
  /** The assignments above it. */
  readonly environment: Readonly<Record<string, string>>
}

/** Reads a user's crontab as crontab(5) has it. @throws for a line that is neither comment, assignment nor entry */
export function parseCrontab(text: string): CrontabLine[] {
  const environment: Record<string, string> = {}
  const lines: CrontabLine[] = []
  for (const line of text.split('\n').map(each => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, value = ''] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) {
      environment[name] = value.replace(/^(["'])(.*)\1$/, '$2')
      continue
    }
    const field = '[\\d*][\\d*,/-]*'
    const [, schedule, command] = new RegExp(`^((?:${field}\\s+){5})(\\S.*)$`).exec(line) ?? []
    if (schedule === undefined || command === undefined) throw new Error(`no line of a crontab: ${line}`)
    lines.push({
      schedule: schedule.trim().split(/\s+/),
      command: command.replace(/(?<!\\)%[\s\S]*/, '').replaceAll('\\%', '%'),
      environment: { ...environment },
    })
  }
  return lines
}

export interface CiStep {
  readonly run: string
  readonly environment: Readonly<Record<string, string>>
}

/** The steps of a GitHub Actions job in the plain form that the README uses. @throws for any other line */
export function parseCiSteps(text: string): CiStep[] {
  const steps: { run: string; environment: Record<string, string> }[] = []
  for (const line of text.split('\n').filter(each => each.trim() !== '')) {
    const [, run] = /^- run: (.+)$/.exec(line) ?? []
    const [, name, value = ''] = /^ {4}([A-Z_]+): (.+)$/.exec(line) ?? []
    const step = steps.at(-1)
    if (run !== undefined) steps.push({ run, environment: {} })
    else if (name !== undefined && step !== undefined) step.environment[name] = value
    else if (line !== '  env:') throw new Error(`no line of a step: ${line}`)
  }
  return steps
}

export interface Unit {
  readonly execStart: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

export interface Timer {
  /** Its file's name without the folder and `.timer`, which is also the name of the service that it starts. */
  readonly name: string
  readonly onCalendar: string
}

/** The file of a unit, named by a comment in its first line; undefined if there is none. */
export function unitFile(text: string): string | undefined {
  return /^# \/etc\/systemd\/system\/([\w-]+\.\w+)$/m.exec(text.split('\n')[0] ?? '')?.[1]
}

/** Undefined for a unit of another kind. @throws for a timer that would not do: without a name, a time or an `[Install]` */
export function parseTimer(text: string): Timer | undefined {
  if (!/^\[Timer\]$/m.test(text)) return undefined
  const [, name] = /^(.+)\.timer$/.exec(unitFile(text) ?? '') ?? []
  const [, onCalendar] = /^OnCalendar=(.+)$/m.exec(text) ?? []
  if (name === undefined || onCalendar === undefined || /^(Unit|Exec\w+)=/m.test(text))
    throw new Error('a timer with a file name, one OnCalendar and the service of its name is expected')
  if (!/^\[Install\]\nWantedBy=timers\.target$/m.test(text))
    throw new Error('systemctl enable would do nothing for this timer')
  return { name, onCalendar }
}

/** What a systemd unit says of its process; words are split at blanks, since the examples quote none. */
export function parseUnit(text: string): Unit {
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
  const [execStart, ...more] = values('ExecStart')
  if (execStart === undefined || more.length > 0 || /["'%$\\]/.test(execStart)) {
    throw new Error('a unit with one plain ExecStart is expected')
  }
  return {
    execStart: execStart.split(' '),
    environment: Object.fromEntries(values('Environment').map(value => value.split(/=(.*)/s).slice(0, 2))),
  }
}
