import { describe, expect, test } from 'vitest'
import { type ListRow, listTable, plainList } from '../../../src/commands/crontab/list-table.ts'
import { textWidth } from '../../../src/commands/terminal/text-width.ts'

function row(command: string, more: Partial<ListRow['cells']> = {}, isMonitored = false): ListRow {
  const cells = {
    next: '2026-11-30 02:00',
    schedule: 'every day at 02:00',
    user: 'root',
    monitor: '-',
    where: '/etc/crontab:17',
    command,
    ...more,
  }
  return { cells, isMonitored }
}

const rows = [
  row('/usr/local/bin/backup --full'),
  row(
    'cd /srv && make report',
    { monitor: 'weekly-report', where: 'crontab of alice, line 3', user: 'alice' },
    true,
  ),
]

test('in a file, nothing is cut', () => {
  expect(listTable(rows, undefined, plainList)).toEqual([
    'NEXT              SCHEDULE            USER   MONITOR        WHERE                     COMMAND',
    '2026-11-30 02:00  every day at 02:00  root   -              /etc/crontab:17           /usr/local/bin/backup --full',
    '2026-11-30 02:00  every day at 02:00  alice  weekly-report  crontab of alice, line 3  cd /srv && make report',
  ])
})

describe.each([120, 80, 60, 40, 10, 1])('a terminal of %i columns', columns => {
  test('no line is wider', () => {
    const lines = listTable([...rows, row('漢字 '.repeat(60))], columns, plainList)
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns)
  })
})

test('a narrow terminal shows schedule, monitor and command', () => {
  expect(listTable(rows, 60, plainList)).toEqual([
    'SCHEDULE            MONITOR        COMMAND',
    'every day at 02:00  -              /usr/local/bin/backup --…',
    'every day at 02:00  weekly-report  cd /srv && make report',
  ])
})

test('only the cell of the monitor says by its colour whether a job is monitored', () => {
  const paint = {
    ...plainList,
    monitored: (text: string) => `<${text.trimEnd()}>`,
    unmonitored: (text: string) => `[${text.trimEnd()}]`,
  }
  const [, first, second] = listTable(rows, undefined, paint)
  expect(first).toContain('[-]')
  expect(second).toContain('<weekly-report>')
})
