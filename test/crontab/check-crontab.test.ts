import { describe, expect, test } from 'vitest'
import { checkCrontab } from '../../src/crontab/check-crontab.ts'
import { isReadFromCronD, whyFileIsIgnored } from '../../src/crontab/checks/check-file.ts'
import type { CronDialect } from '../../src/crontab/crontab-file.ts'
import type { CheckFacts } from '../../src/crontab/finding.ts'
import { parseCrontab } from '../../src/crontab/parse-crontab.ts'

function findings(text: string, dialect: CronDialect, hasUserColumn = false, facts: CheckFacts = {}) {
  return checkCrontab(parseCrontab(text, { dialect, hasUserColumn }), facts)
}

function kinds(text: string, dialect: CronDialect): string {
  return findings(text, dialect)
    .map(({ kind, line }) => `${kind}:${line}`)
    .join(' ')
}

function ignored(text: string, dialect: CronDialect, hasUserColumn = false, facts: CheckFacts = {}) {
  return whyFileIsIgnored(parseCrontab(text, { dialect, hasUserColumn }), facts)
}

/** What stands in a user's crontab, the findings under Debian's cron, and under cronie if they differ. */
const LINES: readonly (readonly [text: string, debian: string, cronie?: string])[] = [
  ['# fine\n\nPATH=/usr/bin:/bin\nMAILTO=""\n0 2 * * * backup\n@reboot x\n', ''],
  ['MAILTO=\n@daily x\n', 'empty-variable:1', ''],
  ['@daily x\n@daily y', 'missing-line-feed:2'],
  ['@daily x\n# end', ''],
  ['A=x\r\n\r\n@daily x\r\n', 'carriage-return:2 carriage-return:3'],
  ['0 0 * * *\n', 'no-command:1', 'broken-line:1'],
  ['@daily %input\n', 'no-command:1'],
  ['5~9 * * * * x\n', 'schedule:1', ''],
  ['1#2 * * * * x\n', 'schedule:1', 'broken-line:1'],
  ['* *-5 * * * x\n', 'schedule:1', 'broken-line:1'],
  ['9-5 * * * * x\n', 'schedule:1'],
  ['0 0 30 2 * x\n', 'never-due:1'],
  ['0 0 29 2 * x\n', ''],
  ['61 * * * * x\n', 'broken-line:1'],
  ['export A=1\n', 'broken-line:1'],
  ['* * * * * root x\n', 'user-in-command:1'],
  [
    'PATH=$PATH:/opt/bin\nB=~/bin\nC=/bin:~:/x\nD=a~b\n',
    'variable-not-expanded:1 variable-not-expanded:2 variable-not-expanded:3',
  ],
  ['MAILTO=$LOGNAME\n', 'variable-not-expanded:1', ''],
  [`A=${'x'.repeat(997)}\n`, 'variable-cut:1', ''],
  ['CRON_TZ=UTC\nRANDOM_DELAY=5\n', 'variable-without-effect:1 variable-without-effect:2', ''],
  ['@daily -n x\n', 'option-of-cronie:1', ''],
  ['SHELL=/bin/bash\nBASH_ENV=/etc/job.env\n@daily x\n', 'startup-file-twice:3'],
  ['BASH_ENV=/etc/job.env\n@daily x\n', ''],
]

/** Commands with a finding of this kind. */
const COMMANDS: readonly (readonly [command: string, kind: string | undefined])[] = [
  ['tar cf /b/$(date +%F).tar /srv', 'bare-percent'],
  ["date '+%Y' > /tmp/x", 'bare-percent'],
  ['date +"%Y-%m"', 'bare-percent'],
  ['echo "100% done"', 'bare-percent'],
  ['wget -q http://example.com/a%20b', 'bare-percent'],
  ['echo `date +%s`', 'bare-percent'],
  ['date +\\%Y', undefined],
  ['cat%first%second', undefined],
  ['mail -s "it is 5\\%" root%Hello%World', undefined],
  ["echo 'it'\\''s' \"a b\"%in", undefined],
  ['[ $(ps ax | grep -c "[m]yjob") -gt 1 ] || myjob', 'counts-processes'],
  ['ps aux | grep myjob | grep -v grep || myjob', 'counts-processes'],
  ['pgrep -f myjob > /dev/null || myjob', 'counts-processes'],
  ['/usr/bin/pgrep -u root -fc myjob', 'counts-processes'],
  ['pkill --full myjob; myjob', 'counts-processes'],
  ['pgrep -c myjob || myjob', undefined],
  ['pidof myjob || myjob', undefined],
  ['ps -p 1; grep x /etc/motd', undefined],
  ['trap "kill -- -$$" EXIT; myjob', 'own-process-group'],
  ['kill -TERM -$$', 'own-process-group'],
  ['kill $$', undefined],
]

describe.each<CronDialect>(['debian', 'cronie'])('%s', dialect => {
  test.each(
    LINES.map(([text, debian, cronie = debian]) => [text, dialect === 'debian' ? debian : cronie] as const),
  )('%j: %s', (text, expected) => {
    expect(kinds(text, dialect)).toBe(expected)
  })

  test.each(COMMANDS)('%s: %s', (command, kind) => {
    expect(findings(`@daily ${command}\n`, dialect).map(each => each.kind)).toEqual(
      kind === undefined ? [] : [kind],
    )
  })

  test('a user who does not exist', () => {
    const facts: CheckFacts = { isUnknownUser: user => user === 'gone' }
    expect(findings('@daily gone x\n@daily root x\n', dialect, true, facts)).toMatchObject([
      { kind: 'unknown-user', line: 1, level: 'error' },
    ])
    expect(ignored('@daily gone x\n', dialect, true, facts) === undefined).toBe(dialect === 'cronie')
  })

  test('a name that cron does not read in /etc/cron.d', () => {
    const facts = { nameInCronD: 'backup~' }
    expect(findings('@daily root x\n', dialect, true, facts)).toMatchObject([
      { kind: 'file-ignored', level: 'error' },
    ])
    expect(ignored('@daily root x\n', dialect, true, facts)).toMatch('the name "backup~"')
  })

  test('every finding is a sentence without a full stop', () => {
    const texts = [...LINES.map(([text]) => text), ...COMMANDS.map(([command]) => `@daily ${command}\n`)]
    for (const { message } of texts.flatMap(text => findings(text, dialect))) {
      expect(message).toMatch(/^\S.{20,}[^.\s]$/s)
    }
  })
})

test('names in /etc/cron.d', () => {
  const read = (name: string) =>
    (['debian', 'cronie'] as const).filter(dialect => isReadFromCronD(name, { dialect })).join(' ')
  expect(read('php_5-x')).toBe('debian cronie')
  expect(read('backup.sh')).toBe('cronie')
  expect(read('tab.bak')).toBe('cronie')
  for (const name of ['.tab~', 'tab~', '.placeholder', '#tab', 'tab.rpmsave', 'tab.rpmnew'])
    expect(read(name)).toBe('')
})

test("Debian's cron ignores a file with one broken line, cronie only the line", () => {
  expect(ignored('@daily x\nhello\n', 'debian')).toBe(
    'Debian\'s cron ignores the whole file because of line 2: bad minute "hello"',
  )
  expect(ignored('@daily x\nhello\n', 'cronie')).toBeUndefined()
  expect(ignored('@daily x', 'debian')).toMatch('no line feed at the end')
  expect(ignored('@daily x\n', 'debian')).toBeUndefined()
})

test('files that are too long', () => {
  const many = (line: string, count: number) => line.repeat(count)
  expect(ignored(many('\n', 10_000), 'debian')).toBeUndefined()
  expect(ignored(many('\n', 10_001), 'debian')).toMatch('10001 lines')
  expect(ignored(many('\n', 32_768), 'cronie')).toBeUndefined()
  expect(ignored(many('\n', 32_769), 'cronie')).toMatch('comments in a row')
  expect(ignored(many('\n', 32_769), 'cronie', true)).toBeUndefined()
  expect(ignored(many('A=1\n', 1001), 'cronie')).toMatch('1000 variables')
  expect(ignored(many('@daily x\n', 10_001), 'cronie')).toMatch('10000 jobs')
})
