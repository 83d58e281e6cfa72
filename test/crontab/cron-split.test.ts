import { describe, expect, test } from 'vitest'
import { cronSplit } from '../../src/crontab/cron-split.ts'
import type { CronDialect } from '../../src/crontab/crontab-file.ts'

describe.each<CronDialect>(['debian', 'cronie'])('%s', dialect => {
  test.each([
    ['date', 'date', undefined],
    ['date +\\%Y', 'date +%Y', undefined],
    ['cat%a', 'cat', 'a\n'],
    ['cat%a%b\\%c%', 'cat', 'a\nb%c\n'],
    ['cat%', 'cat', ''],
    ['cat%%', 'cat', '\n'],
    ['%a', '', 'a\n'],
    ['a \\n \\', 'a \\n \\', undefined],
    ['cat%a\\\\%b', 'cat', 'a\\%b\n'],
    ['cat%a\\', 'cat', 'a\\\n'],
    // cron adds no line feed behind a line of backslashes.
    ['cat%a%\\', 'cat', 'a\n\\'],
    ['cat%x\r', 'cat', 'x\r\n'],
  ])('%j', (command, shellCommand, stdin) => {
    expect(cronSplit(command, dialect)).toEqual(
      stdin === undefined ? { shellCommand } : { shellCommand, stdin },
    )
  })
})

test("Debian's cron takes two backslashes for one, cronie does not", () => {
  expect(cronSplit('echo \\\\ \\\\\\% \\\\%a', 'debian')).toEqual({
    shellCommand: 'echo \\ \\% \\',
    stdin: 'a\n',
  })
  expect(cronSplit('echo \\\\ \\\\\\% \\\\%a', 'cronie')).toEqual({
    shellCommand: 'echo \\\\ \\\\% \\\\',
    stdin: 'a\n',
  })
})
