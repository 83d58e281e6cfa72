import { expect, test } from 'vitest'
import { assignKeys } from '../../../src/commands/crontab/assign-keys.ts'
import { chooseJobs } from '../../../src/commands/crontab/choose-jobs.ts'
import type { Crontab } from '../../../src/commands/crontab/crontabs.ts'
import { jobsOf, nextRuns, shellCommandOf } from '../../../src/commands/crontab/jobs.ts'
import { wantedExpectations } from '../../../src/commands/crontab/wanted-expectations.ts'
import type { CronDialect } from '../../../src/crontab/crontab-file.ts'
import { parseCrontab } from '../../../src/crontab/parse-crontab.ts'

function crontab(text: string, dialect: CronDialect = 'debian', name = '/srv/tab'): Crontab {
  const file = parseCrontab(text, { dialect, hasUserColumn: false })
  return { name, place: { kind: 'file', path: name }, file, text, owner: 'alice' }
}

const NOON = Date.UTC(2026, 10, 29, 12)
const iso = (times: readonly number[]) => times.map(ms => new Date(ms).toISOString())

test('CRON_TZ is the zone of a job for cronie, and a variable of the job for Debian’s cron', () => {
  const text = 'CRON_TZ=America/New_York\n0 8 * * * one\n'
  const [cronie] = jobsOf([crontab(text, 'cronie')], 'Europe/Berlin')
  const [debian] = jobsOf([crontab(text)], 'Europe/Berlin')
  expect(cronie && iso(nextRuns(cronie, NOON, 2))).toEqual([
    '2026-11-29T13:00:00.000Z',
    '2026-11-30T13:00:00.000Z',
  ])
  expect(debian && iso(nextRuns(debian, NOON, 1))).toEqual(['2026-11-30T07:00:00.000Z'])
})

test('nothing runs in a file that cron ignores', () => {
  const [job] = jobsOf([crontab('0 8 * * * one\n61 * * * * two\n')], 'UTC')
  expect(job && nextRuns(job, NOON, 1)).toEqual([])
})

test('a wrapped job is shown with its own command', () => {
  const [job] = jobsOf([crontab("0 8 * * * exec /usr/bin/cronitor-exec a-key 'echo 10\\% done'%in\n")], 'UTC')
  expect(job && shellCommandOf(job)).toBe('echo 10% done')
})

test('what is expected has the zone, the environment, and a grace for the delays of cronie', () => {
  const wrapped = (schedule: string, key: string, options = '') =>
    `${schedule} exec /usr/bin/cronitor-exec ${options}${key} 'true'\n`
  const text = [
    'RANDOM_DELAY=7\n',
    wrapped('0 2 * * *', 'one', '--env prod '),
    wrapped('0~30 3 * * *', 'two'),
    wrapped('@reboot', 'three'),
    wrapped('0 4 * * *', 'one', '--env=prod '),
    '0 5 * * * unmonitored\n',
  ].join('')
  const { expectations, left } = wantedExpectations(
    jobsOf([crontab(text, 'cronie')], 'Europe/Berlin'),
    60_000,
  )
  const zone = 'Europe/Berlin'
  expect(expectations.map(({ expectation }) => expectation)).toEqual([
    {
      monitorKey: 'one',
      env: 'prod',
      rule: { schedule: { kind: 'cron', expression: '0 2 * * *', zone }, graceMs: 8 * 60_000 },
    },
    {
      monitorKey: 'two',
      rule: { schedule: { kind: 'cron', expression: '0 3 * * *', zone }, graceMs: 38 * 60_000 },
    },
  ])
  expect(left).toEqual([
    '/srv/tab:4: nothing is expected of three: it has no times',
    '/srv/tab:5: one has an earlier line, whose times alone are expected',
  ])
})

test('keys differ between crontabs and from those of other hosts, and can have the host', () => {
  const tabs = [crontab('0 1 * * * backup\n'), crontab('0 2 * * * backup\n', 'debian', '/srv/other')]
  const keysWith = (hasHost: boolean, elsewhere: readonly string[] = []) => {
    const keys = assignKeys(tabs, jobsOf(tabs, 'UTC'), {
      host: 'web1.example',
      hasHost,
      elsewhere: new Set(elsewhere),
    })
    return [...keys.values()]
  }
  expect(keysWith(false)).toEqual(['backup', 'backup-web1'])
  expect(keysWith(false, ['backup'])).toEqual(['backup-web1', 'backup-web1-2'])
  expect(keysWith(true)).toEqual(['backup-web1', 'backup-web1-2'])
})

test('jobs are chosen by key, by line, and by crontab and line', () => {
  const tabs = [
    crontab('0 1 * * * one\n0 1 * * * two\n'),
    crontab('0 2 * * * three\n', 'debian', '/srv/other'),
  ]
  const jobs = jobsOf(tabs, 'UTC')
  const keyed = jobs.map((job, index) => ({ job, key: ['one', '7', 'three'][index] }))
  const chosen = (...names: string[]) => {
    const result = chooseJobs(names, keyed)
    return result.ok ? jobs.filter(result.isChosen).map(({ line }) => line.command) : result.problem
  }
  expect(chosen('three', '2')).toEqual(['two', 'three'])
  expect(chosen('7')).toEqual(['two'])
  expect(chosen('/srv/other:1')).toEqual(['three'])
  expect(chosen('1')).toBe('--jobs: several crontabs have a job in line 1: write /srv/tab:1')
  expect(chosen('/srv/other:2')).toBe('--jobs: there is no job "/srv/other:2"')
})
