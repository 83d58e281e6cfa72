import { describe, expect, test } from 'vitest'
import type { CronDialect } from '../../src/crontab/crontab-file.ts'
import { unwrapLine } from '../../src/crontab/unwrap-line.ts'
import { type WrapOptions, wrapLine } from '../../src/crontab/wrap-line.ts'
import { firstJob } from './first-job.ts'

const DIALECTS: readonly CronDialect[] = ['debian', 'cronie']

const LAUNCHER = '/usr/local/bin/cronitor-exec'

function wrap(text: string, dialect: CronDialect, options: Partial<WrapOptions> = {}, hasUserColumn = false) {
  const job = firstJob(text, dialect, hasUserColumn)
  return wrapLine(job, { dialect, launcher: LAUNCHER, options: [], key: 'key', ...options })
}

function reasonOf(text: string, dialect: CronDialect, options: Partial<WrapOptions> = {}): string {
  const result = wrap(text, dialect, options)
  return result.ok ? `wrapped: ${result.text}` : result.reason
}

/** What stands in the crontab, and what stands there once it is wrapped, with `W` for the wrapper. */
const FORMS: readonly (readonly [line: string, wrapped: string])[] = [
  ['0 2 * * * backup', "0 2 * * * W 'backup'"],
  ["\t0 2 * * *\techo 'a b'  ", "\t0 2 * * *\tW 'echo '\\''a b'\\''  '"],
  ['@daily a && b | c > /tmp/x 2>&1', "@daily W 'a && b | c > /tmp/x 2>&1'"],
  ['@reboot date +\\%F', "@reboot W 'date +\\%F'"],
  ['@daily cat%first%second', "@daily W 'cat'%first%second"],
  ['@daily cat%x\r', "@daily W 'cat'%x\r"],
  ['@daily a\r', "@daily W 'a'\r"],
  ['@daily a\\', "@daily W 'a\\'"],
  ["@daily it\\'s \\\\%in", "@daily W 'it\\'\\''s \\\\'%in"],
  ['@daily a # b', "@daily W 'a # b'"],
  ['@daily \xff\xfe', "@daily W '\xff\xfe'"],
]

describe.each(DIALECTS)('%s', dialect => {
  test.each(FORMS)('%j is wrapped, and unwrapped to the same bytes', (line, wrapped) => {
    const result = wrap(`${line}\n`, dialect)
    expect(result).toEqual({ ok: true, text: `${wrapped.replace('W', `exec ${LAUNCHER} key`)}\n` })
    const job = firstJob(result.ok ? result.text : '', dialect)
    expect(unwrapLine(job, dialect)).toEqual({ ok: true, key: 'key', text: `${line}\n` })
    expect(wrapLine(job, { dialect, launcher: LAUNCHER, options: [], key: 'other' })).toEqual({
      ok: false,
      reason: 'already-monitored',
      message: 'the job is monitored as "key"',
    })
  })

  test('schedule and user stay in front', () => {
    const result = wrap('0 2 * * *  www-data \t x\n', dialect, {}, true)
    expect(result).toMatchObject({ text: `0 2 * * *  www-data \t exec ${LAUNCHER} key 'x'\n` })
  })

  test('options stand in front of the key, quoted if they need it', () => {
    const result = wrap('@daily x\n', dialect, {
      launcher: 'cronitor-exec',
      options: ['--env', "it's 5%", '--log=/var/log/a b'],
    })
    const text = "@daily exec cronitor-exec --env 'it'\\''s 5\\%' '--log=/var/log/a b' key 'x'\n"
    expect(result).toEqual({ ok: true, text })
    expect(unwrapLine(firstJob(text, dialect), dialect)).toMatchObject({ ok: true, text: '@daily x\n' })
  })

  test.each([
    ['no-command', '@daily  %input'],
    ['no-command', '@daily \r'],
    ['no-command', '@daily A=1'],
    ['already-monitored', '@daily cronitor exec abc x'],
    ['already-monitored', '@daily cd /x && /opt/cronitor --env prod -n "a b" exec --no-stdout abc "x y"'],
    ['already-monitored', '@daily cronitor-exec -k K abc -- x'],
    ['already-monitored', '@daily cronitor ping abc --run; x; cronitor ping abc --complete'],
    ['already-monitored', '@daily x && curl -s https://cronitor.link/p/KEY/abc?state=complete'],
    ['no-bourne-shell', 'SHELL=/usr/bin/fish\n@daily x'],
    ['no-bourne-shell', 'SHELL=/bin/tcsh\n@daily x'],
    ['no-bourne-shell', 'SHELL=/bin/rbash\n@daily x'],
    ['no-bourne-shell', 'SHELL=/usr/bin/python3\n@daily x'],
    ['no-bourne-shell', 'SHELL=bash\n@daily x'],
    ['no-bourne-shell', 'SHELL=""\n@daily x'],
  ])('a line is left: %s: %j', (reason, text) => {
    expect(reasonOf(`${text}\n`, dialect)).toBe(reason)
  })

  test.each([
    '/bin/bash',
    '/usr/bin/zsh',
    '/bin/zsh5',
    '/bin/ksh93',
    '/bin/mksh',
    '/bin/bash-static',
    '/bin/dash',
  ])('a line under SHELL=%s is wrapped', shell => {
    expect(reasonOf(`SHELL=/usr/bin/fish\nSHELL=${shell}\n@daily x\n`, dialect)).toMatch(/^wrapped/)
  })

  test('a line of another service is wrapped', () => {
    expect(reasonOf('@daily runitor -slug x -- y\n', dialect)).toMatch(/^wrapped/)
    expect(reasonOf('@daily x && curl https://hc-ping.com/y\n', dialect)).toMatch(/^wrapped/)
  })

  test("a name that only contains the program's is no wrapper", () => {
    expect(reasonOf('@daily /opt/cronitor-exec-test/run cronitor exec x\n', dialect)).toMatch(/^wrapped/)
  })

  test('a user who cannot run the launcher', () => {
    const result = wrap('@daily x\n', dialect, { launcherProblem: 'www-data cannot run it' })
    expect(result).toEqual({ ok: false, reason: 'cannot-execute', message: 'www-data cannot run it' })
  })

  test('a line feed in an option cannot be written', () => {
    expect(reasonOf('@daily x\n', dialect, { options: ['--env', 'a\nb'] })).toBe('cannot-quote')
  })

  test.each([
    ['other-form', `exec ${LAUNCHER} key 'x' > /tmp/log`],
    ['other-form', `${LAUNCHER} key 'x'`],
    ['other-form', 'cronitor exec abc x'],
    ['not-wrapped', 'x'],
    ['not-wrapped', 'curl https://cronitor.link/p/KEY/abc'],
  ])('a line that wrap has not made is left: %s: %s', (reason, command) => {
    expect(unwrapLine(firstJob(`@daily ${command}\n`, dialect), dialect)).toMatchObject({ ok: false, reason })
  })

  test('a line that somebody has edited since is unwrapped if the form is the same', () => {
    const job = firstJob(
      `5 5 * * * exec /opt/cronitor-exec --timeout 5m --quiet other 'x '\\''y'\\''' \n`,
      dialect,
    )
    expect(unwrapLine(job, dialect)).toEqual({ ok: true, key: 'other', text: "5 5 * * * x 'y' \n" })
  })
})

test('an option of cronie stays in front', () => {
  const wrapped = `@daily -n exec ${LAUNCHER} key 'x'\n`
  expect(wrap('@daily -n x\n', 'cronie')).toEqual({ ok: true, text: wrapped })
  expect(unwrapLine(firstJob(wrapped, 'cronie'), 'cronie')).toMatchObject({ text: '@daily -n x\n' })
})

test("a backslash in an option is doubled for Debian's cron, and cannot stand before a % in cronie", () => {
  expect(wrap('@daily x\n', 'debian', { options: ['--require', '\\%d\\'] })).toMatchObject({
    text: `@daily exec ${LAUNCHER} --require '\\\\\\%d\\\\' key 'x'\n`,
  })
  expect(wrap('@daily x\n', 'cronie', { options: ['--require', '\\d\\'] })).toMatchObject({
    text: `@daily exec ${LAUNCHER} --require '\\d\\' key 'x'\n`,
  })
  expect(reasonOf('@daily x\n', 'cronie', { options: ['--require', '\\%d'] })).toBe('cannot-quote')
})

describe("Debian's limit of 998 characters", () => {
  const spent = `exec ${LAUNCHER} key ''`.length

  test('holds for the wrapped command', () => {
    expect(reasonOf(`@daily ${'x'.repeat(998 - spent)}\n`, 'debian')).toMatch(/^wrapped/)
    expect(reasonOf(`@daily ${'x'.repeat(999 - spent)}\n`, 'debian')).toBe('too-long')
    expect(reasonOf(`@daily ${'x'.repeat(999 - spent)}\n`, 'cronie')).toMatch(/^wrapped/)
  })

  test('counts quotes in the command, and its standard input', () => {
    expect(reasonOf(`@daily ${"'".repeat(240)}\n`, 'debian')).toBe('too-long')
    expect(reasonOf(`@daily cat%${'x'.repeat(960)}\n`, 'debian')).toBe('too-long')
  })

  test('counts the blanks behind a user, except the first', () => {
    const command = 'x'.repeat(998 - spent)
    expect(wrap(`@daily root ${command}\n`, 'debian', {}, true).ok).toBe(true)
    expect(wrap(`@daily root  ${command}\n`, 'debian', {}, true)).toMatchObject({
      message: 'the command would have 999 characters, and cron reads 998: move the command into a script',
    })
  })
})
