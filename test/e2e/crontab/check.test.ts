/** `cronitor crontab check` and `list`, and the expectations that `cronitor serve` reads. */

import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isRoot } from '../../support/other-user.ts'
import { paths, type RunResult, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { crontab, HEAD, said, TAB, tabFile, wrap } from './crontab-commands.ts'

function findings({ stdout }: RunResult): string[] {
  const list = JSON.parse(String(stdout)) as { severity: string; kind: string; line?: number }[]
  return list.map(({ severity, kind, line }) =>
    [severity, kind, line].filter(part => part !== undefined).join(' '),
  )
}

/** Else the wrapped jobs could not report. */
const KEY_LINE = 'CRONITOR_API_KEY=Jd8s-2kfW9-qPzm4\n'

test('a crontab is in order once it is wrapped, and drifts when a job is added or the wrapper goes', async () => {
  const text = `${HEAD}${KEY_LINE}0 2 * * * echo one\n`
  const file = tabFile(text)
  const before = await crontab(['check', '--json', file])
  expect([before.status, findings(before)]).toEqual([1, ['drift unmonitored 3']])

  const bin = tempDir('bin')
  const wrapper = join(bin, 'cronitor-exec')
  writeFileSync(wrapper, '#!/bin/sh\n', { mode: 0o755 })
  await crontab(['wrap', '--wrapper', wrapper, '--apply', file])
  const after = await crontab(['check', '--json', file])
  expect({ ...said(after), stdout: String(after.stdout) }).toEqual({ status: 0, stderr: [], stdout: '[]\n' })

  appendFileSync(file, '5 3 * * * echo two\n')
  const added = await crontab(['check', '--json', file])
  expect([added.status, findings(added)]).toEqual([1, ['drift unmonitored 4']])
  expect((await crontab(['check', '--jobs', 'echo-one', file])).status).toBe(0)

  chmodSync(wrapper, 0o644)
  const gone = await crontab(['check', '--jobs', 'echo-one', file])
  expect(gone.status).toBe(1)
  expect(String(gone.stdout)).toBe(
    `${file}:3: drift: the job does not run: ${await nameOfUser()} cannot run ${wrapper}: ${wrapper} is not executable for this user\nMonitored jobs: 1 of 1\n`,
  )
})

async function nameOfUser(): Promise<string> {
  const { userInfo } = await import('node:os')
  return userInfo().username
}

test('lines that cron does not run make the status 1', async () => {
  const file = tabFile(`${HEAD}61 * * * * cronitor exec a b\n`)
  const result = await crontab(['check', '--json', file])
  expect([result.status, findings(result)]).toEqual([1, ['broken broken-line 2']])
})

test('programs that cron does not find make the status 1, unless the command checks for them', async () => {
  const text = `${HEAD}0 1 * * * no-such-program | cat\n0 2 * * * /no/such/file\n0 3 * * * test -x /no/such && /no/such\n`
  const result = await crontab(['check', '--json', tabFile(text)])
  expect(findings(result).filter(finding => !finding.includes('unmonitored'))).toEqual([
    'broken missing-program 2',
    'broken missing-program 3',
    'advice missing-program 4',
  ])
})

test('a client that cron does not find makes the status 1, in whatever form of line', async () => {
  const lines = [
    '0 1 * * * cronitor exec a true',
    "0 2 * * * cronitor exec --no-stdout b 'cd / && ls | cat'",
    '0 3 * * * flock -n /tmp/x timeout 1h cronitor exec c true',
  ]
  const result = await crontab(['check', '--json', tabFile(`PATH=/nonexistent\n${lines.join('\n')}\n`)])
  expect(findings(result).filter(finding => finding.includes('missing-program'))).toEqual(
    expect.arrayContaining([
      'broken missing-program 2',
      'broken missing-program 3',
      'broken missing-program 4',
    ]),
  )
  expect(findings(result)).not.toContainEqual(expect.stringMatching(/^advice missing-program/))
  expect(result.status).toBe(1)
})

test('a job that runs as a user who does not exist', async () => {
  const file = tabFile(`${HEAD}0 2 * * * no-such-user cronitor exec a b\n`)
  const result = await crontab(['check', '--json', '--system', file])
  expect([result.status, findings(result)]).toEqual([1, ['broken unknown-user 2']])
})

test('list has the jobs as JSON, with the next three runs', async () => {
  const file = tabFile()
  const { status, stdout } = await crontab(['list', '--json', file])
  expect(status).toBe(0)
  const jobs = JSON.parse(String(stdout)) as { line: number; next: string[]; monitored: boolean }[]
  expect(jobs.map(({ line, next, monitored }) => [line, next.length, monitored])).toEqual([
    [3, 3, false],
    [4, 3, false],
    [5, 0, false],
    [6, 3, false],
  ])
  expect(jobs[3]).toMatchObject({
    kind: 'cron',
    source: file,
    schedule: '5 4 * * 1-5',
    command: 'echo 10% done',
  })
})

/** The same with programs that are on each host. */
const RUNNABLE = TAB.replace('# jobs\n', `# jobs\n${KEY_LINE}`)
  .replace('/usr/local/bin/backup --full', '/bin/echo backup')
  .replace('/opt/start', '/bin/echo start')

test('the expectations of wrap are those that serve reads, and check sees when they differ', async () => {
  const file = tabFile(RUNNABLE)
  const expected = join(tempDir('expected'), 'expect')
  writeFileSync(expected, '# by hand\nother=every 25h\n')
  const result = await wrap(['--apply', '--expectations', expected, '--grace', '5m', file])
  expect(result.status).toBe(0)
  expect(said(result).stderr).toContain(
    `cronitor: ${file}:6: nothing is expected of echo-start: it has no times`,
  )
  const written = readFileSync(expected, 'utf8').split('\n')
  expect(written.slice(0, 2)).toEqual(['# by hand', 'other=every 25h'])
  expect(written[2]).toMatch(/^echo-backup=cron "0 2 \* \* \*" tz \S+ grace 5m {2}# crontab \S+:\/\S+\/tab$/)
  expect(written).toHaveLength(6)

  const running = start([
    ...[paths.bin.cronitor, 'serve', '--port', '0', '--data-dir', tempDir('data'), '--expect-file', expected],
  ])
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the server listens', () => String(running.output().stdout).includes('http://'))
  running.signal('SIGTERM')
  const { status, stderr } = await running.done
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })

  const check = () => crontab(['check', '--json', '--expectations', expected, file])
  expect((await check()).status).toBe(0)
  // A word that people add stays, also when the schedule changes.
  writeFileSync(
    expected,
    readFileSync(expected, 'utf8').replace('grace 5m  # crontab', 'grace 5m max 2h  # crontab'),
  )
  expect((await check()).status).toBe(0)
  const wrapped = readFileSync(file, 'utf8')
  writeFileSync(file, wrapped.replace('0 2 * * *', '30 2 * * *').replace(/^@reboot.*\n/m, ''))
  const differs = await check()
  expect([differs.status, findings(differs)]).toEqual([1, ['drift expectation-differs']])
  await wrap(['--apply', '--expectations', expected, file])
  expect(readFileSync(expected, 'utf8')).toMatch(/^echo-backup=cron "30 2 \* \* \*" .*\bmax 2h\b/m)
  expect((await check()).status).toBe(0)

  writeFileSync(file, TAB.slice(0, TAB.indexOf('0 2 *')))
  const surplus = await check()
  expect(findings(surplus)).toEqual(Array(3).fill('drift expectation-surplus'))
})

test('a file of expectations that serve would refuse is named', async () => {
  const file = tabFile(RUNNABLE)
  const expected = join(tempDir('expected'), 'expect')
  writeFileSync(expected, 'other=every\n')
  const refusal = 'cronitor serve refuses the file: line 1: '
  const wrapped = await wrap(['--apply', '--expectations', expected, file])
  expect(String(wrapped.stderr)).toContain(`cronitor: ${expected}: ${refusal}`)
  const check = await crontab(['check', '--expectations', expected, file])
  expect([check.status, String(check.stdout)]).toEqual([
    1,
    expect.stringContaining(`${expected}: drift: ${refusal}`),
  ])
})

test('wrapped jobs that find no API key drift, each user named once', async () => {
  const jobs = '0 2 * * * echo one\n0 3 * * * echo two\n'
  const kinds = async (text: string, more: readonly string[] = []) => {
    const file = tabFile(`${HEAD}${text}${jobs}`)
    await wrap(['--apply', ...more, file])
    return findings(await crontab(['check', '--json', file]))
  }
  expect(await kinds('')).toEqual(['drift no-key 2'])
  expect(await kinds('CRONITOR_API_KEY_FILE=/no/such/file\n')).toEqual(['drift no-key 3'])
  expect(await kinds('CRONITOR_ANONYMOUS=1\n')).toEqual([])
  expect(await kinds('', ['--with', '--anonymous'])).toEqual([])
  const config = join(tempDir('config'), 'cronitor.json')
  writeFileSync(config, JSON.stringify({ CRONITOR_API_KEY: 'Jd8s-2kfW9-qPzm4' }), { mode: 0o600 })
  expect(await kinds(`CRONITOR_CONFIG=${config}\n`)).toEqual([])
  expect(await kinds(`${KEY_LINE}CRONITOR_SPOOL_DIR=/proc/spool\n`)).toEqual(
    isRoot ? [] : ['advice no-spool 4'],
  )
})

test('without --apply, the expectations are printed and not written', async () => {
  const expected = join(tempDir('expected'), 'expect')
  const result = await wrap(['--expectations', expected, tabFile()])
  expect(String(result.stdout)).toContain(`--- ${expected}\n+++ ${expected}\n@@ -0,0 +1`)
  expect(() => readFileSync(expected)).toThrow('ENOENT')
})
