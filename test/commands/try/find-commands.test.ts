import { expect, test } from 'vitest'
import { findCommands } from '../../../src/commands/try/find-commands.ts'

const PROGRAMS = ['/usr/bin/ls', '/opt/bin/ls', '/opt/bin/node', '/srv/run', '/home/ann/bin/own']

const find = (...names: readonly string[]) =>
  findCommands(
    names,
    {
      job: { path: '/usr/bin:bin:/bin', folder: '/home/ann' },
      here: { path: '/opt/bin:/usr/bin', folder: '/srv' },
    },
    path => PROGRAMS.includes(path),
  )

test('names are searched for in both PATHs', () => {
  expect(find('ls', 'node', 'nothing', 'own')).toEqual([
    { kind: 'another', name: 'ls', job: '/usr/bin/ls', here: '/opt/bin/ls' },
    { kind: 'only-here', name: 'node', here: '/opt/bin/node' },
    { kind: 'nowhere', name: 'nothing' },
  ])
})

test('an absolute path must be a program, and of a relative one nothing is known', () => {
  expect(find('/srv/run', '/srv/no', './run', 'x/y')).toEqual([{ kind: 'no-program', name: '/srv/no' }])
})
