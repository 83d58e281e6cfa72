import { describe, expect, test } from 'vitest'
import type { CronDialect, CrontabForm, CrontabLine, JobLine } from '../../src/crontab/crontab-file.ts'
import { crontabText, parseCrontab } from '../../src/crontab/parse-crontab.ts'

const DIALECTS: readonly CronDialect[] = ['debian', 'cronie']

function parsed(text: string, dialect: CronDialect, hasUserColumn = false): readonly CrontabLine[] {
  return parseCrontab(text, { dialect, hasUserColumn }).lines
}

function job(line: string, dialect: CronDialect, hasUserColumn = false): JobLine | string {
  const [only] = parsed(`${line}\n`, dialect, hasUserColumn)
  if (only?.kind === 'job') return only
  return only?.kind === 'broken' ? only.problem : String(only?.kind)
}

/** What the table says of one line: the command, `!` and the problem, or the kind. */
function summary(line: string, form: CrontabForm): string {
  const [only] = parsed(`${line}\n`, form.dialect, form.hasUserColumn)
  switch (only?.kind) {
    case 'job':
      return `${only.schedule}|${only.user ?? ''}|${only.prefix}|${only.command}`
    case 'variable':
      return `${only.name}=[${only.value}]`
    case 'broken':
      return `! ${only.problem}`
    default:
      return String(only?.kind)
  }
}

describe('both crons', () => {
  test.each(DIALECTS)('%s: the lines are the file, byte for byte', dialect => {
    const text =
      '# Jobs\r\n\nMAILTO=root\n\t0 2 * * *  /bin/true \r\n@reboot x\n\xff\xfe\n 5 * * * * no line feed'
    const file = parseCrontab(text, { dialect, hasUserColumn: false })
    expect(crontabText(file)).toBe(text)
    expect(file.lines.map(({ kind }) => kind)).toEqual([
      'text',
      'text',
      'variable',
      'job',
      'job',
      'broken',
      'broken',
    ])
    expect(file.lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test.each(DIALECTS)('%s: the variables above a job apply to it, the last value of each', dialect => {
    const lines = parsed('A=1\n* * * * * x\nA=2\n__proto__=3\n@daily y\n', dialect)
    const variables = lines.flatMap(line => (line.kind === 'job' ? [Object.entries(line.variables)] : []))
    expect(variables).toEqual([
      [['A', '1']],
      [
        ['A', '2'],
        ['__proto__', '3'],
      ],
    ])
  })

  test.each(DIALECTS)('%s: the command begins behind schedule, user and option', dialect => {
    const line = job(' 0  2\t* * * root\t -n /bin/true', dialect, true)
    const option = dialect === 'cronie' ? '-n ' : ''
    expect(line).toMatchObject({ schedule: '0  2\t* * *', user: 'root', prefix: option })
    expect(typeof line === 'object' && line.text.slice(line.commandStart)).toBe(
      dialect === 'cronie' ? '/bin/true\n' : '-n /bin/true\n',
    )
  })

  test.each(DIALECTS)('%s: an empty file has no lines', dialect => {
    expect(parsed('', dialect)).toEqual([])
  })

  test.each(DIALECTS)('%s: a comment or blanks may end the file without a line feed', dialect => {
    expect(parsed('@daily x\n # end', dialect).map(({ kind }) => kind)).toEqual(['job', 'text'])
    expect(parsed('@daily x\n  ', dialect).map(({ kind }) => kind)).toEqual(['job', 'text'])
  })
})

/** A line; what Debian's cron makes of it, and cronie if that differs. Seen with both programs. */
const USER_LINES: readonly (readonly [line: string, debian: string, cronie?: string])[] = [
  ['MAILTO=', '! bad minute "MAILTO="', 'MAILTO=[]'],
  ['MAILTO=""', 'MAILTO=[]'],
  [' MAILTO = root ', 'MAILTO=[root]'],
  ['"A B" = "x y" ', 'A B=[x y]'],
  ["A='  x  '", 'A=[  x]', 'A=[  x  ]'],
  [`A="'x'"`, 'A=[x]', "A=['x']"],
  ['PATH="/opt/bin":/bin', '! bad minute "PATH="/opt/bin":/bin"'],
  ['PATH=$HOME/bin:/bin', 'PATH=[$HOME/bin:/bin]'],
  ['A=x # y', 'A=[x # y]'],
  ['A=x\r', 'A=[x]'],
  ['0=1', '0=[1]'],
  ['=1', '=[1]'],
  ['export A=x', '! bad minute "export"'],
  ['\r', '! bad minute "\r"'],
  [' \t', 'text'],
  ['  # x', 'text'],
  ['* * * * * a=b', '* * * * *|||a=b'],
  ['5~9 * * * * x', '5~9 * * * *|||x'],
  ['~ ~ * * ~5 x', '! bad minute "~"', '~ ~ * * ~5|||x'],
  ['9~5 * * * * x', '9~5 * * * *|||x', '! bad minute "9~5"'],
  ['1#2 *-5 * * * x', '1#2 *-5 * * *|||x', '! bad minute "1#2"'],
  ['0 0 * * sun,MON x', '0 0 * * sun,MON|||x'],
  ['0 0 * * mon-fri/2 x', '0 0 * * mon-fri/2|||x'],
  ['0 0 * * 7 x', '0 0 * * 7|||x'],
  ['0 0 * * 8 x', '! bad day-of-week "8"'],
  ['0 0 0 * * x', '! bad day-of-month "0"'],
  ['70-5 * * * * x', '! bad minute "70-5"', '70-5 * * * *|||x'],
  ['50-70/30 * * * * x', '! bad minute "50-70/30"', '50-70/30 * * * *|||x'],
  ['5/10 * * * * x', '! bad minute "5/10"'],
  ['*/0 * * * * x', '! bad minute "*/0"'],
  ['1,,2 * * * * x', '! bad minute "1,,2"'],
  ['0 0 L * ? x', '! bad day-of-month "L"'],
  ['0 0 * *', '! no day-of-week'],
  ['0 0 * * *', '0 0 * * *|||', '! no command'],
  ['0 0 * * *\r', '0 0 * * *\r|||', '! bad day-of-week "*\r"'],
  ['0 0 * * * * x', '! the command begins with "*": a field too many'],
  ['@daily', '@daily|||', '! no command'],
  ['@daily x\r', '@daily|||x\r'],
  ['@Daily x', '! bad time specifier "@Daily"'],
  ['@every 5m x', '! bad time specifier "@every"'],
  ['-0 0 * * * x', '! bad minute "-0"', '0 0 * * *|||x'],
  ['@daily -n x', '@daily|||-n x', '@daily||-n |x'],
  ['@daily -n -n x', '@daily|||-n -n x', '! bad option in front of the command: "-n"'],
  ['@daily -q x', '@daily|||-q x', '! bad option in front of the command: "-q"'],
  ['@daily a\0b', '! a NUL byte, at which cron takes the line for two'],
  ['\xff * * * * x', '! bad minute "\xff"'],
  ['* * * * * \xff', '! the byte 0xff behind the schedule', '* * * * *|||\xff'],
  ['@daily \xff', '@daily|||\xff'],
  ['1\xff * * * * x', '! bad minute "1\xff"'],
]

const SYSTEM_LINES: typeof USER_LINES = [
  ['@daily root x', '@daily|root||x'],
  ['0 0 * * *\troot\t x y', '0 0 * * *|root||x y'],
  ['0 0 * * * root', '! no command behind the user, or no user in front of the command'],
  ['0 0 * * * root ', '0 0 * * *|root||', '! no command'],
  ['0 0 * * *', '! no user and no command'],
  ['@reboot root -n x', '@reboot|root||-n x', '@reboot|root|-n |x'],
]

describe.each(DIALECTS)('%s', dialect => {
  const column = dialect === 'debian' ? 0 : 1

  test.each(USER_LINES.map(rowOf))("a user's line %j", (line, ...expected) => {
    expect(summary(line, { dialect, hasUserColumn: false })).toBe(expected[column])
  })

  test.each(SYSTEM_LINES.map(rowOf))('a line with a user %j', (line, ...expected) => {
    expect(summary(line, { dialect, hasUserColumn: true })).toBe(expected[column])
  })
})

function rowOf([line, debian, cronie = debian]: (typeof USER_LINES)[number]): [string, string, string] {
  return [line, debian, cronie]
}

describe('long lines', () => {
  const long = (length: number) => 'x'.repeat(length)

  test("Debian's cron refuses a command of more than 998 characters", () => {
    expect(job(`@daily   ${long(998)}`, 'debian')).toMatchObject({ kind: 'job' })
    expect(job(`@daily ${long(999)}`, 'debian')).toBe('the command has 999 characters; cron reads 998')
  })

  test('behind a user, blanks in front of the command count', () => {
    expect(job(`@daily root ${long(998)}`, 'debian', true)).toMatchObject({ kind: 'job' })
    expect(job(`@daily root  ${long(998)}`, 'debian', true)).toBe(
      'the command has 999 characters; cron reads 998',
    )
  })

  test("Debian's cron reads 998 characters of a variable's line", () => {
    const [line] = parsed(`A=${long(2000)}\n`, 'debian')
    expect(line).toMatchObject({ kind: 'variable', value: long(996) })
    expect(parsed(`A="${long(2000)}"\n`, 'debian')[0]?.kind).toBe('broken')
  })

  test('cronie reads 131,071 characters', () => {
    expect(job(`@daily root  ${long(131_071)}`, 'cronie', true)).toMatchObject({ kind: 'job' })
    expect(job(`@daily ${long(131_072)}`, 'cronie')).toMatch('cron reads 131071')
  })
})
