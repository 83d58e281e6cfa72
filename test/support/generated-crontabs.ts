import fc from 'fast-check'
import type { CronDialect, CrontabForm } from '../../src/crontab/crontab-file.ts'

/** A line, and what cron makes of it by construction. One character a byte; without a line feed. */
export interface GeneratedLine {
  readonly kind: 'job' | 'variable' | 'text' | 'broken'
  readonly text: string
  /** Only of a job: as it is written. */
  readonly command?: string
}

export interface GeneratedCrontab {
  readonly lines: readonly GeneratedLine[]
  /** The lines with their line feeds; the last one may have none. */
  readonly text: string
}

const BLANKS = fc.stringMatching(/^[ \t]{1,3}$/)
const MAYBE_BLANKS = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, BLANKS)

/** Any bytes but NUL and line feed. */
const BYTES = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 12 })
  .map(codes => String.fromCharCode(...codes.filter(code => code !== 10)))

/** What shells and crons treat in a special way, and words that are not. */
const COMMAND_PIECES = [
  ...[
    "'",
    '"',
    '\\',
    '%',
    '\\%',
    '\\\\',
    '\\\\%',
    "'\\''",
    "\\'",
    '`',
    '$(',
    ')',
    '$x',
    '${x}',
    '*',
    '?',
    '~',
    '#',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    ';',
    '&&',
    '||',
    '|',
    '&',
    '>',
    '2>&1',
    '<',
    '(',
    '{',
    '}',
    '!',
    '-n',
    '=',
    '@',
    '\r',
    '\xff',
  ],
  ...['echo', 'a b', 'date +\\%F', '/usr/bin/true', 'cronitor', 'exec', 'é', '\x01', '\x7f', "exec x k 'y'"],
] as const

/** Text of a command, also one that no shell could run. The first character begins no option and no field. */
export function anyCommand(): fc.Arbitrary<string> {
  const first = fc.constantFrom(...[...'abz/.\'"%\\$(#~'])
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...COMMAND_PIECES) },
    { weight: 1, arbitrary: BYTES },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{1,6}$/) },
  )
  const short = fc
    .tuple(first, fc.array(piece, { maxLength: 12 }))
    .map(([start, rest]) => start + rest.join(''))
  // Around the limit of Debian's cron, with and without the wrapper.
  const long = fc
    .tuple(short, fc.integer({ min: 800, max: 998 }))
    .map(([text, length]) => text.slice(0, 60).padEnd(length, 'x'))
  return fc.oneof({ weight: 60, arbitrary: short }, { weight: 1, arbitrary: long })
}

/**
 * A command that may be run by a real cron under sh and bash: it only prints, in a way that shows quoting, `%`, backslashes,
 * standard input, variables and the exit status. It opens no file but /dev/null.
 */
export function harmlessCommand(): fc.Arbitrary<string> {
  const word = fc.oneof(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.constantFrom(
      "'a b'",
      '"c  d"',
      '\\ ',
      '\\\\',
      "'\\'",
      '"\\\\"',
      '\\%',
      "'\\%'",
      '"\\%\\%"',
      "\\'",
      '"it\'s"',
      "''",
    ),
    fc.constantFrom(
      '$HOME',
      '"$LOGNAME"',
      '${x-unset}',
      '$((2+3))',
      '"$(echo in)"',
      '`echo back`',
      '$0',
      '$#',
      '"$@"',
    ),
    fc.constantFrom('é', '"ü"', '*.none', '~', '#', 'a#b', '=', '-n', '!', '{a,b}'),
  )
  const printing = fc.oneof(
    fc.array(word, { minLength: 1, maxLength: 4 }).map(words => `printf '[\\%s]\\n' ${words.join(' ')}`),
    fc.constantFrom(
      'cat',
      'x=1; echo "$x"',
      '(cd /; pwd)',
      'umask',
      'echo e >&2',
      '{ echo a; echo b; } | sort -r',
    ),
    fc.constantFrom(
      'true',
      'exit 3',
      'false || echo no',
      'if [ -t 0 ]; then echo t; else echo f; fi',
      'kill -9 $$',
    ),
    fc.constantFrom(
      'trap "echo bye" EXIT',
      'set -- a b; echo $#',
      'exec echo last',
      'echo $- | tr -d hBis',
      'env | sort',
    ),
  )
  const separator = fc.constantFrom('; ', ' && ', ' || ', ';', ' ;\t')
  const input = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc
      .array(fc.constantFrom('a', 'b c', '\\%', '%', "'", '\\', '$x', '"', ' '), { maxLength: 5 })
      .map(parts => `%${parts.join('')}`),
  )
  return fc
    .tuple(fc.array(printing, { minLength: 1, maxLength: 3 }), separator, input)
    .map(([commands, between, stdin]) => commands.join(between) + stdin)
}

function schedule({ dialect }: CrontabForm): fc.Arbitrary<string> {
  const special = dialect === 'debian' ? ['5~9', '1#2', '*-5', '7#x'] : ['5~9', '~', '~9', '5~', '9-5']
  const minute = fc.constantFrom('*', '0', '59', '*/5', '1-5', '1-10/3', '1,2,30-40', '00', ...special)
  const hour = fc.constantFrom('*', '0', '23', '*/2', '8-18', ...special)
  const day = fc.constantFrom('*', '1', '31', '1-7', '*/3', '1,15')
  const month = fc.constantFrom('*', '1', '12', 'jan', 'FEB', 'mar-nov/2', '1,Dec')
  const weekday = fc.constantFrom('*', '0', '7', 'sun', 'Mon-FRI', '1-5', '*/2', '0,6')
  const fields = fc
    .tuple(minute, BLANKS, hour, BLANKS, day, BLANKS, month, BLANKS, weekday)
    .map(parts => parts.join(''))
  const named = fc.constantFrom(
    '@reboot',
    '@yearly',
    '@annually',
    '@monthly',
    '@weekly',
    '@daily',
    '@midnight',
    '@hourly',
  )
  return fc.oneof({ weight: 5, arbitrary: fields }, { weight: 1, arbitrary: named })
}

function job(form: CrontabForm, command: fc.Arbitrary<string>): fc.Arbitrary<GeneratedLine> {
  const user = form.hasUserColumn
    ? fc.tuple(fc.constantFrom('root', 'www-data', 'nobody'), BLANKS).map(parts => parts.join(''))
    : fc.constant('')
  const isCronie = form.dialect === 'cronie'
  const mark = isCronie ? fc.constantFrom('', '', '', '-') : fc.constant('')
  const option = isCronie ? fc.constantFrom('', '', '', '-n ', '-n\t ') : fc.constant('')
  return fc
    .tuple(MAYBE_BLANKS, mark, schedule(form), BLANKS, user, option, command)
    .filter(
      ([, , , , between, , text]) =>
        isCronie || between.length - between.trimEnd().length + text.length <= 999,
    )
    .map(parts => ({ kind: 'job', text: parts.join(''), command: parts[6] }))
}

function variable({ dialect }: CrontabForm): fc.Arbitrary<GeneratedLine> {
  const name = fc.constantFrom('MAILTO', 'PATH', 'SHELL', 'A_1', '"B C"', "'D'", 'RANDOM_DELAY', '@x', '0')
  const value = fc.oneof(
    fc.constantFrom(
      '/bin/sh',
      '/bin/bash',
      '/usr/bin/fish',
      'root',
      '$HOME/bin:/bin',
      '""',
      "'a b'",
      '"x"\t',
      '5 # 6',
    ),
    fc.constantFrom(...(dialect === 'cronie' ? ['', ' '] : ['x'])),
  )
  return fc
    .tuple(MAYBE_BLANKS, name, fc.constantFrom('=', ' = ', '\t=', '= '), value, fc.constantFrom('', '', '\r'))
    .filter(([, , , text, end]) => text.trim() !== '' || (dialect === 'cronie' && end === ''))
    .map(parts => ({ kind: 'variable', text: parts.join('') }))
}

const TEXT_LINE: fc.Arbitrary<GeneratedLine> = fc
  .oneof(
    MAYBE_BLANKS,
    fc.tuple(MAYBE_BLANKS, BYTES).map(([blanks, text]) => `${blanks}#${text}`),
  )
  .map(text => ({ kind: 'text', text }))

const BROKEN_LINE: fc.Arbitrary<GeneratedLine> = fc
  .constantFrom(
    '\r',
    'hello',
    '61 * * * * x',
    '@often x',
    '5/10 * * * * x',
    'A="b',
    'PATH="/a":/b',
    '* * * *',
    '\xff',
  )
  .map(text => ({ kind: 'broken', text }))

/** @param command the text behind the schedule; `anyCommand()` if not given */
export function generatedCrontab(form: CrontabForm, command = anyCommand()): fc.Arbitrary<GeneratedCrontab> {
  const line = fc.oneof(
    { weight: 8, arbitrary: job(form, command) },
    { weight: 3, arbitrary: variable(form) },
    { weight: 3, arbitrary: TEXT_LINE },
    { weight: 1, arbitrary: BROKEN_LINE },
  )
  const end = fc.oneof({ weight: 5, arbitrary: fc.constant('\n') }, { weight: 1, arbitrary: fc.constant('') })
  return fc.tuple(fc.array(line, { maxLength: 8 }), end).map(([lines, last]) => {
    const text = lines.map(each => `${each.text}\n`).join('')
    // An empty line without a line feed is no line.
    return { lines, text: lines.at(-1)?.text === '' ? text : text.replace(/\n$/, last) }
  })
}

export const CRONTAB_FORMS: readonly CrontabForm[] = (
  ['debian', 'cronie'] as const satisfies CronDialect[]
).flatMap(dialect => [false, true].map(hasUserColumn => ({ dialect, hasUserColumn })))
