import { expect, test } from 'vitest'
import { systemTimers } from '../../../src/commands/crontab/system-timers.ts'

const LISTED = JSON.stringify([
  {
    next: 1_796_000_400_000_000,
    left: 30_000_000,
    last: null,
    passed: null,
    unit: 'backup.timer',
    activates: 'backup.service',
  },
  { next: null, left: null, last: null, passed: null, unit: 'idle.timer', activates: 'idle.service' },
  { next: 0, unit: 'zero.timer', activates: 'zero.service' },
])

const UNITS = `Id=backup.timer
TimersCalendar={ OnCalendar=*-*-* 02:00:00 ; next_elapse=Mon 2026-11-30 02:00:00 CET }
TimersMonotonic={ OnBootUSec=15min ; next_elapse=15min 3s }

ExecStart={ path=/usr/bin/backup ; argv[]=/usr/bin/backup --full a;b ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
Id=backup.service

Id=idle.timer
`

test('timers have their times, the next run and what their service runs', () => {
  const asked: (readonly string[])[] = []
  const timers = systemTimers(args => {
    asked.push(args)
    return args[0] === 'show' ? UNITS : LISTED
  })
  expect(asked[1]?.slice(-6)).toEqual([
    'backup.timer',
    'backup.service',
    'idle.timer',
    'idle.service',
    'zero.timer',
    'zero.service',
  ])
  expect(timers).toEqual([
    {
      name: 'backup.timer',
      schedule: 'OnCalendar=*-*-* 02:00:00, OnBootUSec=15min',
      next: 1_796_000_400_000,
      command: '/usr/bin/backup --full a;b',
    },
    { name: 'idle.timer', schedule: '', next: undefined, command: '' },
    { name: 'zero.timer', schedule: '', next: undefined, command: '' },
  ])
})

test.each(['', '[]', '{}', 'NEXT LEFT\n', '[{"unit": 3}]'])(
  'systemctl that prints %j has no timers',
  text => {
    expect(systemTimers(() => text)).toEqual([])
  },
)
