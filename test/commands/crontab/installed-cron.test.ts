import { expect, test } from 'vitest'
import { dialectOf } from '../../../src/commands/crontab/installed-cron.ts'

test.each([
  ['cronie 1.7.2\n', 'cronie'],
  ["crontab: invalid option -- 'V'\ncrontab: usage error: unrecognized option\n", 'debian'],
  ['', 'debian'],
])('crontab -V that prints %j is %s', (printed, dialect) => {
  expect(dialectOf(printed)).toBe(dialect)
})
