import { expect, test } from 'vitest'
import { cronZone } from '../../../src/commands/crontab/cron-zone.ts'

const missing = (): never => {
  throw new Error('ENOENT')
}

test.each([
  ['/usr/share/zoneinfo/Europe/Berlin', 'Europe/Berlin'],
  ['../usr/share/zoneinfo/posix/America/New_York', 'America/New_York'],
  ['/var/db/timezone/zoneinfo/Asia/Tokyo', 'Asia/Tokyo'],
])('/etc/localtime that leads to %s is %s', (target, zone) => {
  expect(cronZone({ readlink: () => target, read: missing })).toBe(zone)
})

test('a copy of a zone has its name in /etc/timezone', () => {
  expect(cronZone({ readlink: missing, read: () => 'Europe/Vienna\n' })).toBe('Europe/Vienna')
})

test('without a name that is known, it is the zone of this process', () => {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone
  expect(cronZone({ readlink: missing, read: missing })).toBe(own)
  expect(cronZone({ readlink: () => '/etc/zoneinfo/No/Such', read: missing })).toBe(own)
})
