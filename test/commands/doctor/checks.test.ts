import { describe, expect, test } from 'vitest'
import { checkApiKey } from '../../../src/commands/doctor/checks/api-key.ts'
import { checkCertificate } from '../../../src/commands/doctor/checks/certificate.ts'
import { checkClock } from '../../../src/commands/doctor/checks/clock.ts'
import { checkConnection } from '../../../src/commands/doctor/checks/connection.ts'
import { checkCourier } from '../../../src/commands/doctor/checks/courier.ts'
import { checkCronPath } from '../../../src/commands/doctor/checks/cron-path.ts'
import { checkCronReporting } from '../../../src/commands/doctor/checks/crontab.ts'
import { checkDns } from '../../../src/commands/doctor/checks/dns.ts'
import { checkInstallations } from '../../../src/commands/doctor/checks/installations.ts'
import { checkProgram } from '../../../src/commands/doctor/checks/program.ts'
import { checkProxy } from '../../../src/commands/doctor/checks/proxy.ts'
import { checkRejected } from '../../../src/commands/doctor/checks/rejected.ts'
import { checkSend } from '../../../src/commands/doctor/checks/send.ts'
import { checkSettings } from '../../../src/commands/doctor/checks/settings.ts'
import { checkSettingsFiles, type FoundFile } from '../../../src/commands/doctor/checks/settings-files.ts'
import { checkSettingsValues } from '../../../src/commands/doctor/checks/settings-values.ts'
import { checkSpool } from '../../../src/commands/doctor/checks/spool.ts'
import { checkUrl } from '../../../src/commands/doctor/checks/url.ts'
import { checkWaiting } from '../../../src/commands/doctor/checks/waiting.ts'

const OWN = '/opt/bin/cronitor-exec'
const MB = 1024 * 1024

describe('program', () => {
  const facts = {
    version: '1.2.3',
    runtime: 'Node.js 22.1.0 (/usr/bin/node)',
    wrapper: OWN,
    isTemporary: false,
  }

  test('names version, place and runtime', () => {
    expect(checkProgram(facts)).toMatchObject({
      outcome: 'ok',
      message: `cronitor-exec 1.2.3 (${OWN}) with Node.js 22.1.0 (/usr/bin/node)`,
    })
  })

  test('warns about a folder that is emptied some day', () => {
    expect(checkProgram({ ...facts, isTemporary: true }).outcome).toBe('warning')
  })
})

describe('cron-path', () => {
  const facts = { path: '/usr/bin:/bin', own: OWN, startProblem: undefined }

  test.each([
    [
      { path: '/usr/bin/cronitor-exec', kind: 'this' },
      'ok',
      'cron finds /usr/bin/cronitor-exec, and it starts',
    ],
    [
      { path: '/usr/bin/cronitor-exec', kind: 'ours' },
      'warning',
      'cron finds another installation: /usr/bin/cronitor-exec',
    ],
    [
      { path: '/usr/bin/cronitor-exec', kind: 'other' },
      'warning',
      'cron finds another program: /usr/bin/cronitor-exec',
    ],
    [undefined, 'warning', "cron's PATH (/usr/bin:/bin) has no cronitor-exec"],
  ] as const)('with %j: %s', (found, outcome, message) => {
    expect(checkCronPath({ ...facts, found })).toMatchObject({ outcome, message })
  })

  test('a program that does not start there is the first thing to say', () => {
    const found = { path: '/usr/bin/cronitor-exec', kind: 'this' } as const
    expect(
      checkCronPath({ ...facts, found, startProblem: 'no Node.js 20.19 or newer was found' }).message,
    ).toContain('no Node.js 20.19 or newer was found')
  })
})

describe('installations', () => {
  const own = { name: 'cronitor', path: '/opt/bin/cronitor', kind: 'this' } as const
  const official = { name: 'cronitor', path: '/usr/bin/cronitor', kind: 'official' } as const

  test('the official client in front of this program is a warning that says how to call this one', () => {
    expect(checkInstallations([official, own], '/opt/bin/cronitor')).toMatchObject({
      outcome: 'warning',
      message: 'cronitor on PATH is not this program: /usr/bin/cronitor (the official client)',
      advice: expect.stringContaining('/opt/bin/cronitor'),
    })
  })

  test('the official client behind this program is not in the way', () => {
    expect(checkInstallations([own, official], '/opt/bin/cronitor')).toMatchObject({
      outcome: 'ok',
      message: 'also on PATH, and not in the way: /usr/bin/cronitor (the official client)',
    })
  })

  test('a second installation of this program is a warning with its version', () => {
    const other = {
      name: 'cronitor-exec',
      path: '/usr/bin/cronitor-exec',
      kind: 'ours',
      version: '0.0.9',
    } as const
    expect(checkInstallations([own, other], '/opt/bin/cronitor')).toMatchObject({
      outcome: 'warning',
      message: 'there are other installations: /usr/bin/cronitor-exec (version 0.0.9)',
    })
  })

  test('no other one is ok', () => {
    expect(checkInstallations([own], '').outcome).toBe('ok')
    expect(checkInstallations([], '').outcome).toBe('ok')
  })
})

describe('settings-files', () => {
  const missing: FoundFile = {
    path: '/etc/c.json',
    file: { kind: 'missing' },
    isForOthers: false,
    isKeyShared: false,
  }

  test('names each file and whether it is read', () => {
    const read: FoundFile = { ...missing, path: '/home/c.json', file: { kind: 'read', values: {} } }
    expect(checkSettingsFiles([read, missing])).toMatchObject({
      outcome: 'ok',
      message: '/home/c.json is read; /etc/c.json does not exist',
    })
  })

  test('a refused file is a warning, and --fix helps with permissions', () => {
    const file = { kind: 'refused', problem: '/home/c.json is writable by everyone' } as const
    expect(checkSettingsFiles([{ ...missing, path: '/home/c.json', file }])).toMatchObject({
      outcome: 'warning',
      message: '/home/c.json is not used: /home/c.json is writable by everyone',
      advice: expect.stringContaining('--fix'),
    })
    const broken = { kind: 'refused', problem: '/home/c.json is not valid JSON' } as const
    expect(checkSettingsFiles([{ ...missing, file: broken }]).advice).not.toContain('--fix')
  })

  test('a file of the system that only root may read is no reason to warn', () => {
    const file = { kind: 'unreadable', problem: '/etc/c.json cannot be read: permission denied' } as const
    expect(checkSettingsFiles([{ ...missing, file, isForOthers: true }])).toMatchObject({
      outcome: 'ok',
      message: '/etc/c.json is for other users',
    })
  })

  test('a key that other users can read is a warning', () => {
    const read: FoundFile = { ...missing, file: { kind: 'read', values: {} }, isKeyShared: true }
    expect(checkSettingsFiles([read]).outcome).toBe('warning')
  })
})

test('settings-values repeats each warning', () => {
  expect(checkSettingsValues([]).outcome).toBe('ok')
  expect(checkSettingsValues(['one', 'two'])).toMatchObject({ outcome: 'warning', message: 'one; two' })
})

describe('settings', () => {
  test('says which value is used, from where, and what it is used instead of', () => {
    const result = checkSettings([
      {
        name: 'CRONITOR_ENV',
        sources: [
          { origin: '--env', value: 'prod' },
          { origin: 'CRONITOR_ENV', value: 'test' },
          { origin: 'CRONITOR_ENV in /etc/c.json', value: 'dev' },
        ],
      },
      { name: 'CRONITOR_LOG', sources: [] },
    ])
    expect(result).toMatchObject({
      outcome: 'ok',
      message: 'CRONITOR_ENV prod from --env, not from the environment, not from /etc/c.json',
      facts: {
        settings: {
          CRONITOR_ENV: { from: '--env', value: 'prod', instead_of: ['the environment', '/etc/c.json'] },
        },
      },
    })
  })

  test('shows no key, and no user name and password of an address', () => {
    const text = JSON.stringify(
      checkSettings([
        { name: 'CRONITOR_API_KEY', sources: [{ origin: 'CRONITOR_API_KEY', value: 'secret-1' }] },
        { name: 'CRONITOR_PING_API_KEY', sources: [{ origin: '--ping-api-key', value: 'secret-2' }] },
        {
          name: 'CRONITOR_TELEMETRY_URL',
          sources: [{ origin: 'CRONITOR_TELEMETRY_URL', value: 'https://me:secret-3@host/' }],
        },
      ]),
    )
    expect(text).not.toContain('secret')
  })
})

describe('api-key', () => {
  const none = { fingerprint: undefined, origin: undefined, isAnonymous: false, problems: [] }

  test('no key is a problem, and configure is what to do', () => {
    expect(checkApiKey(none)).toMatchObject({
      outcome: 'problem',
      advice: 'run cronitor configure, with --url for a server of your own',
    })
    expect(checkApiKey({ ...none, problems: ['the file is empty'] }).message).toBe('the file is empty')
  })

  test('no key is needed with --anonymous', () => {
    expect(checkApiKey({ ...none, isAnonymous: true }).outcome).toBe('ok')
  })

  test('a key is named by its place and its fingerprint', () => {
    expect(checkApiKey({ ...none, fingerprint: '0123456789ab', origin: 'CRONITOR_API_KEY' }).message).toBe(
      'CRONITOR_API_KEY (fingerprint 0123456789ab)',
    )
  })
})

describe('crontab', () => {
  const here = { hasKey: true, url: 'https://one.test', home: '/home/me' }
  const reporting = { monitoredJobs: 0, findings: [], problems: [], inCron: here }

  test('what keeps a monitored job from reporting comes first', () => {
    const findings = ['me has no API key', 'other']
    expect(checkCronReporting({ ...reporting, monitoredJobs: 2, findings }, here)).toMatchObject({
      outcome: 'warning',
      message: 'me has no API key (and 1 more: cronitor crontab check)',
    })
  })

  test('a key that only this shell has is a warning, before there is a job', () => {
    expect(checkCronReporting({ ...reporting, inCron: { ...here, hasKey: false } }, here)).toMatchObject({
      outcome: 'warning',
      message: 'jobs of cron have no API key, because cron does not pass on the variables of a login',
    })
    const elsewhere = { ...here, hasKey: false, home: '/root' }
    expect(checkCronReporting({ ...reporting, inCron: elsewhere }, here).message).toContain(
      'HOME is /root there, and /home/me here',
    )
  })

  test('an address that only this shell has is a warning', () => {
    const inCron = { ...here, url: 'https://cronitor.link' }
    expect(checkCronReporting({ ...reporting, inCron }, here).message).toBe(
      'jobs of cron report to https://cronitor.link, and not to https://one.test',
    )
  })

  test('jobs that report are ok', () => {
    expect(checkCronReporting({ ...reporting, monitoredJobs: 3 }, here)).toMatchObject({
      outcome: 'ok',
      message: 'all 3 monitored jobs report',
    })
  })
})

describe('url', () => {
  const usable = (base: string) => ({ kind: 'usable', base, isBuiltIn: false }) as const

  test.each([
    ['https://host.test', 'ok'],
    ['http://127.0.0.1:8427', 'ok'],
    ['http://[::1]:8427', 'ok'],
    ['http://localhost', 'ok'],
    ['http://host.test', 'warning'],
  ])('%s is %s', (base, outcome) => {
    expect(checkUrl(usable(base), '--url', true).outcome).toBe(outcome)
  })

  test.each([
    ['https://two.test', 'ok'],
    ['http://two.test', 'warning'],
    ['http://localhost', 'ok'],
  ])('of several, each is looked at: %s', (other, outcome) => {
    const result = checkUrl({ ...usable('https://one.test'), others: [other] }, '--url', true)
    expect(result.outcome).toBe(outcome)
    expect(result.message).toContain(`https://one.test or ${other}, by --url`)
    expect(result.facts?.url).toBe(`https://one.test,${other}`)
  })

  test('without a key, nothing secret is sent', () => {
    expect(checkUrl(usable('http://host.test'), '--url', false).outcome).toBe('ok')
  })

  test('an unusable address is a problem', () => {
    expect(checkUrl({ kind: 'unusable', problem: '--url: no' }, '--url', true)).toMatchObject({
      outcome: 'problem',
      message: '--url: no',
    })
  })
})

describe('proxy', () => {
  const origin = new URL('https://host.test')

  test.each([
    [{}, 'ok', 'none is set'],
    [{ HTTPS_PROXY: 'http://me:secret@proxy.test:3128' }, 'ok', 'http://proxy.test:3128 is used'],
    [
      { HTTPS_PROXY: 'http://proxy.test', NO_PROXY: 'host.test' },
      'ok',
      'not used for this host, because of NO_PROXY',
    ],
    [{ HTTPS_PROXY: 'socks5://proxy.test' }, 'problem', 'HTTPS_PROXY names no HTTP proxy (socks5://)'],
  ])('with %j: %s', (env, outcome, message) => {
    expect(checkProxy(origin, env)).toMatchObject({ outcome, message })
  })
})

describe('dns', () => {
  test('a name without an address is a problem, unless the host is reached', () => {
    const failed = { kind: 'failed', problem: 'host name a.test not found' } as const
    expect(checkDns('a.test', failed, false).outcome).toBe('problem')
    expect(checkDns('a.test', failed, true).outcome).toBe('warning')
  })

  test('a slow answer is a warning', () => {
    const found = { kind: 'found', addresses: ['192.0.2.1'], elapsedMs: 20 } as const
    expect(checkDns('a.test', found, true)).toMatchObject({
      outcome: 'ok',
      message: 'a.test is 192.0.2.1, after 20 ms',
    })
    expect(checkDns('a.test', { ...found, elapsedMs: 2500 }, true).outcome).toBe('warning')
  })
})

describe('connection', () => {
  const answered = {
    kind: 'answered',
    status: 404,
    date: undefined,
    age: undefined,
    elapsedMs: 30,
    askedAt: 0,
    answeredAt: 30,
    needsSystemStore: false,
  } as const

  test.each([
    [{ status: 404, elapsedMs: 30 }, 'ok'],
    [{ status: 503, elapsedMs: 30 }, 'warning'],
    [{ status: 407, elapsedMs: 30 }, 'problem'],
    [{ status: 200, elapsedMs: 2501 }, 'warning'],
  ])('%j is %s', (part, outcome) => {
    expect(checkConnection('host.test', { ...answered, ...part }, 5000).outcome).toBe(outcome)
  })

  test('no answer is a problem', () => {
    const failed = {
      kind: 'failed',
      problem: 'connection refused',
      isCertificate: false,
      isAboutProxy: true,
    } as const
    expect(checkConnection('host.test', failed, 5000)).toMatchObject({
      outcome: 'problem',
      message: 'connection refused',
      advice: 'see HTTPS_PROXY and NO_PROXY',
    })
  })
})

describe('certificate', () => {
  const now = Date.UTC(2026, 0, 1)
  const day = 86_400_000

  test('shows the authorities, the issuer and the end', () => {
    expect(
      checkCertificate({ ends: now + 90 * day, issuer: 'CA 1' }, 'the built-in authorities', now),
    ).toMatchObject({
      outcome: 'ok',
      message: 'verified with the built-in authorities; issued by CA 1, and ends on 2026-04-01',
    })
  })

  test('warns 14 days before the end', () => {
    expect(checkCertificate({ ends: now + 13.5 * day, issuer: 'CA 1' }, 'a', now)).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/, in 13 days$/),
    })
  })

  test('an unknown certificate was verified all the same', () => {
    expect(checkCertificate(undefined, 'the built-in authorities', now).outcome).toBe('ok')
  })
})

describe('clock', () => {
  const date = 'Thu, 01 Jan 2026 00:00:00 GMT'
  const at = (ms: number) => ({
    askedAt: Date.UTC(2026, 0, 1) + ms,
    answeredAt: Date.UTC(2026, 0, 1) + ms + 100,
  })

  test.each([
    [0, 'ok', 0],
    [999, 'ok', 0],
    [5900, 'ok', 5],
    [-5000, 'ok', -5],
    [7001, 'warning', 6],
    [-7000, 'warning', -7],
  ])('a clock that differs by %i ms is %s', (ms, outcome, seconds) => {
    const result = checkClock({ date, age: undefined, ...at(ms) })
    expect(result.outcome).toBe(outcome)
    expect(Number(result.facts?.skew_seconds) + 0).toBe(seconds)
  })

  test('says by how much, and in which direction', () => {
    expect(checkClock({ date, age: undefined, ...at(-3_600_000) }).message).toContain('is 59 min behind that')
    expect(checkClock({ date, age: undefined, ...at(3_700_000) }).message).toContain('is 1 h ahead of that')
  })

  test('the age of an answer from a cache is added', () => {
    expect(checkClock({ date, age: '60', ...at(60_000) }).outcome).toBe('ok')
  })

  test('an answer without a date says nothing about the clock', () => {
    expect(checkClock({ date: undefined, age: undefined, ...at(0) }).outcome).toBe('ok')
    expect(checkClock({ date: 'yesterday', age: undefined, ...at(0) }).outcome).toBe('ok')
  })
})

describe('send', () => {
  test.each([
    [{ kind: 'status', status: 200 }, 'ok', undefined],
    [{ kind: 'status', status: 401 }, 'problem', 'the API key is wrong'],
    [{ kind: 'status', status: 404 }, 'problem', 'there is no such monitor, or --url is wrong'],
    [{ kind: 'status', status: 503 }, 'warning', expect.any(String)],
    [{ kind: 'status', status: 429 }, 'warning', expect.any(String)],
    [{ kind: 'error', message: 'connection reset' }, 'problem', 'try again'],
    [undefined, 'problem', 'see the problems above'],
  ] as const)('%j is %s', (answer, outcome, advice) => {
    const result = checkSend('a-job', answer)
    expect(result.outcome).toBe(outcome)
    expect(result.advice).toEqual(advice)
  })
})

describe('spool', () => {
  const writable = { kind: 'writable', folder: '/spool', freeBytes: 500 * MB, freeFiles: 1000 } as const

  test('shows the free space', () => {
    expect(checkSpool(writable, true, 64 * MB)).toMatchObject({
      outcome: 'ok',
      message: '/spool can be written to; 500 MB are free',
    })
  })

  test('less space than the spool may take is a warning, and so are few files', () => {
    expect(checkSpool({ ...writable, freeBytes: 63 * MB }, true, 64 * MB).outcome).toBe('warning')
    expect(checkSpool({ ...writable, freeFiles: 3 }, true, 64 * MB).outcome).toBe('warning')
    expect(
      checkSpool({ ...writable, freeBytes: undefined, freeFiles: undefined }, true, 64 * MB).outcome,
    ).toBe('ok')
  })

  test.each(['off', 'unusable'] as const)('%s is a problem only if events have to be kept now', kind => {
    const room =
      kind === 'off' ? ({ kind } as const) : ({ kind, problem: '/spool: the disk is full' } as const)
    expect(checkSpool(room, true, MB).outcome).toBe('warning')
    expect(checkSpool(room, false, MB).outcome).toBe('problem')
  })
})

describe('waiting', () => {
  const none = {
    own: 0,
    oldest: undefined,
    otherKeys: new Map<string, number>(),
    elsewhere: 0,
    isComplete: true,
  }

  test('counts what waits, and says since when and for which key', () => {
    const waiting = { ...none, own: 2, oldest: 0, otherKeys: new Map([['0123456789ab', 1]]) }
    expect(checkWaiting(waiting, 3 * 3_600_000)).toMatchObject({
      outcome: 'warning',
      message: '2 events wait, the oldest since 3h; 1 waits for another key (0123456789ab)',
      advice: 'cronitor spool flush sends them now',
      facts: { events: 2, oldest: '1970-01-01T00:00:00.000Z', other_keys: { '0123456789ab': 1 } },
    })
  })

  test('says what to do for events of another key alone, and for those of a configured address', () => {
    expect(checkWaiting({ ...none, otherKeys: new Map([['0123456789ab', 1]]) }, 0).advice).toContain(
      '--rekey',
    )
    expect(checkWaiting({ ...none, elsewhere: 2 }, 0).advice).toContain('CRONITOR_TELEMETRY_URL')
  })

  test('nothing waits', () => {
    expect(checkWaiting(none, 0).outcome).toBe('ok')
    expect(checkWaiting({ ...none, isComplete: false }, 0).outcome).toBe('warning')
  })
})

test('rejected events are a warning', () => {
  expect(checkRejected(0).outcome).toBe('ok')
  expect(checkRejected(1)).toMatchObject({ outcome: 'warning', message: 'the API has refused 1 event' })
})

describe('courier', () => {
  test('a living one is named', () => {
    const holder = { role: 'courier', pid: 42 } as const
    expect(checkCourier({ holder, waiting: 3, isAllowed: true }).message).toBe(
      'process 42 delivers (courier)',
    )
  })

  test('none is needed if nothing waits', () => {
    expect(checkCourier({ holder: undefined, waiting: 0, isAllowed: true }).outcome).toBe('ok')
    expect(checkCourier({ holder: undefined, waiting: 1, isAllowed: true }).outcome).toBe('warning')
    expect(checkCourier({ holder: undefined, waiting: 1, isAllowed: false }).message).toContain(
      '--no-courier',
    )
  })
})
