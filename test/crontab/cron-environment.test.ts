import { describe, expect, test } from 'vitest'
import { cronEnvironment, type EnvironmentSources } from '../../src/crontab/cron-environment.ts'

const NONE: ReadonlyMap<string, string> = new Map()

function lines(sources: Partial<EnvironmentSources>): readonly string[] {
  const environment = cronEnvironment({
    dialect: 'debian',
    user: { name: 'ann', home: '/home/ann' },
    variables: {},
    pam: NONE,
    daemon: NONE,
    ...sources,
  })
  return [...environment].map(([name, value]) => `${name}=${value}`)
}

describe('Debian’s cron', () => {
  test('gives four variables, and no USER', () => {
    expect(lines({})).toEqual(['SHELL=/bin/sh', 'HOME=/home/ann', 'PATH=/usr/bin:/bin', 'LOGNAME=ann'])
  })

  test('puts the crontab’s variables first, and lets them replace all but LOGNAME', () => {
    const variables = {
      MAILTO: '',
      PATH: '/opt/bin',
      LOGNAME: 'root',
      HOME: '/srv',
      SHELL: '/bin/bash',
      USER: 'x',
    }
    expect(lines({ variables })).toEqual([
      'MAILTO=',
      'PATH=/opt/bin',
      'LOGNAME=ann',
      'HOME=/srv',
      'SHELL=/bin/bash',
      'USER=x',
    ])
  })

  test('puts PAM’s variables before the others, and replaces their values in place', () => {
    const pam = new Map([
      ['PATH', '/usr/local/bin'],
      ['LANG', 'C.UTF-8'],
      ['LOGNAME', 'nobody'],
    ])
    expect(lines({ pam, variables: { A: '1', LANG: 'de_DE' } })).toEqual([
      'PATH=/usr/bin:/bin',
      'LANG=de_DE',
      'LOGNAME=ann',
      'A=1',
      'SHELL=/bin/sh',
      'HOME=/home/ann',
    ])
  })

  test('passes on nothing of its own environment', () => {
    const daemon = new Map([['LANG', 'C.UTF-8']])
    expect(lines({ daemon })).toEqual(lines({}))
  })
})

describe('cronie', () => {
  test('gives USER as well, and looks into sbin', () => {
    expect(lines({ dialect: 'cronie' })).toEqual([
      'SHELL=/bin/sh',
      'HOME=/home/ann',
      'PATH=/usr/bin:/bin:/usr/sbin:/sbin',
      'LOGNAME=ann',
      'USER=ann',
    ])
  })

  test('passes on its locale, RANDOM_DELAY and MAILFROM, in their order, behind what PAM gives', () => {
    const daemon = new Map([
      ['PATH', '/snap/bin'],
      ['MAILFROM', 'cron@example.org'],
      ['INVOCATION_ID', '0123'],
      ['LANG', 'C.UTF-8'],
    ])
    const pam = new Map([['TZ', 'UTC']])
    expect(lines({ dialect: 'cronie', daemon, pam, variables: { USER: 'x', LANG: 'C' } })).toEqual([
      'TZ=UTC',
      'MAILFROM=cron@example.org',
      'LANG=C',
      'USER=ann',
      'SHELL=/bin/sh',
      'HOME=/home/ann',
      'PATH=/usr/bin:/bin:/usr/sbin:/sbin',
      'LOGNAME=ann',
    ])
  })

  test('gives no HOME to an account without one', () => {
    const user = { name: 'ann', home: '' }
    expect(lines({ dialect: 'cronie', user }).some(line => line.startsWith('HOME='))).toBe(false)
    expect(lines({ user })).toContain('HOME=')
  })
})
