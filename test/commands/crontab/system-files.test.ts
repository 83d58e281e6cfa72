import { expect, test } from 'vitest'
import { programsIn, runPartsFolders } from '../../../src/commands/crontab/run-parts.ts'
import { isSystemCrontab, systemFiles } from '../../../src/commands/crontab/system-files.ts'
import { isReadFromCronD } from '../../../src/crontab/checks/check-file.ts'

test.each([
  ['php', true, true],
  ['e2scrub_all', true, true],
  ['tab.bak', false, true],
  ['tab.dpkg-old', false, true],
  ['.placeholder', false, false],
  ['.tab~', false, false],
  ['tab~', false, false],
  ['#tab#', false, false],
  ['tab.rpmsave', false, false],
])('%s: read by Debian’s cron %s, by cronie %s', (name, debian, cronie) => {
  expect([
    isReadFromCronD(name, { dialect: 'debian' }),
    isReadFromCronD(name, { dialect: 'cronie' }),
  ]).toEqual([debian, cronie])
})

test('the files of the system are /etc/crontab and those of /etc/cron.d in order', () => {
  expect(systemFiles('debian', () => ['php', 'backup', 'tab.bak'])).toEqual({
    paths: ['/etc/crontab', '/etc/cron.d/backup', '/etc/cron.d/php'],
    skipped: ['/etc/cron.d/tab.bak'],
  })
})

test.each([
  ['/etc/crontab', true],
  ['/etc/cron.d/backup', true],
  ['/etc//cron.d/../cron.d/backup', true],
  ['/etc/cron.daily/backup', false],
  ['/etc/cron.d/old/backup', false],
  ['/home/alice/crontab', false],
  ['crontab', false],
])('%s has a column for the user without --system: %s', (path, isSystem) => {
  expect(isSystemCrontab(path)).toBe(isSystem)
})

test.each([
  ['ENOENT', undefined],
  ['EACCES', '/etc/cron.d cannot be read: permission denied'],
])('a folder that cannot be listed: %s', (code, problem) => {
  const list = () => {
    throw Object.assign(new Error('no'), { code })
  }
  expect(systemFiles('debian', list)).toEqual({
    paths: ['/etc/crontab'],
    skipped: [],
    ...(problem !== undefined && { problem }),
  })
})

test.each([
  ['cd / && run-parts --report /etc/cron.hourly', ['/etc/cron.hourly']],
  ['test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }', ['/etc/cron.daily']],
  ['/usr/bin/run-parts /etc/cron.weekly/', ['/etc/cron.weekly']],
  ['( run-parts /a; run-parts -v /b )', ['/a', '/b']],
  ['echo not-run-parts /etc', []],
  ['run-parts "$FOLDER"', []],
])('%s runs the programs in %j', (command, folders) => {
  expect(runPartsFolders(command)).toEqual(folders)
})

test('run-parts runs executable files with the names of cron', () => {
  const calls = {
    list: () => ['z', 'a', 'a.sh', 'plain'],
    isExecutable: (path: string) => !path.endsWith('plain'),
  }
  expect(programsIn('/etc/cron.daily', 'debian', calls)).toEqual(['/etc/cron.daily/a', '/etc/cron.daily/z'])
  expect(programsIn('/no/such/folder', 'debian')).toEqual([])
})
