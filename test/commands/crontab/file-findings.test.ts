import { expect, test } from 'vitest'
import { skippedFindings, whyUnread } from '../../../src/commands/crontab/file-findings.ts'

test.each([
  ['debian', { uid: 0, mode: 0o100644, nlink: 1 }, 0, undefined],
  ['debian', { uid: 0, mode: 0o100755, nlink: 1 }, 0, undefined],
  ['debian', { uid: 0, mode: 0o100664, nlink: 1 }, 0, 'its group or everyone can write to it'],
  ['debian', { uid: 1000, mode: 0o100644, nlink: 1 }, 0, 'it belongs to user 1000, not to root'],
  ['debian', { uid: 0, mode: 0o100644, nlink: 2 }, 0, 'it has 2 names (hard links)'],
  [
    'debian',
    { uid: 0, mode: 0o100644, nlink: 1 },
    1000,
    'the symbolic link belongs to user 1000, not to root',
  ],
  ['cronie', { uid: 0, mode: 0o100644, nlink: 2 }, 1000, undefined],
  ['cronie', { uid: 0, mode: 0o100600, nlink: 1 }, 0, undefined],
  ['cronie', { uid: 0, mode: 0o100755, nlink: 1 }, 0, 'its mode is 755, not 644 or 600'],
  ['cronie', { uid: 0, mode: 0o100666, nlink: 1 }, 0, 'its mode is 666, not 644 or 600'],
] as const)('%s, %j: link of %i: %s', (dialect, facts, linkOwner, problem) => {
  expect(whyUnread(facts, linkOwner, dialect)).toBe(problem)
})

test('leftovers of packages and editors are not worth a word', () => {
  const paths = ['.placeholder', 'tab~', 'tab.dpkg-old', 'tab.bak', 'backup.sh', 'my.job']
  expect(skippedFindings(paths.map(name => `/etc/cron.d/${name}`)).map(({ source }) => source)).toEqual([
    '/etc/cron.d/backup.sh',
    '/etc/cron.d/my.job',
  ])
})
