import { expect, test } from 'vitest'
import { environmentDifferences } from '../../../src/commands/try/differences.ts'

test('values are shown only where they are no secrets', () => {
  const job = new Map([
    ['PATH', '/usr/bin:/bin'],
    ['HOME', '/home/ann'],
    ['TOKEN', 'a'],
    ['ONLY_JOB', 'x'],
  ])
  const here = {
    PATH: '/opt/bin',
    TOKEN: 'b',
    HOME: '/home/ann',
    API_KEY: 'c',
    TERM: 'xterm',
    SHLVL: '1',
    _: '/bin/x',
  }
  expect(environmentDifferences(job, here)).toEqual({
    changed: [{ name: 'PATH', job: '/usr/bin:/bin', here: '/opt/bin' }],
    otherValues: ['TOKEN'],
    missing: ['API_KEY'],
  })
})
