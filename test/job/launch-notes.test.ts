import { describe, expect, test } from 'vitest'
import { takeLaunchNotes } from '../../src/job/launch-notes.ts'
import { LAUNCH_VARIABLE } from '../../src/job/launch-variable.ts'

/** /proc/PID/stat behind the command's name, with these bit maps as fields 33 and 32. */
const stat = (ignored: number, blocked = 0) =>
  `stat  S ${Array.from({ length: 28 }, () => '0').join(' ')} ${blocked} ${ignored} 65538 0 0`

const notes = (lines: readonly string[]) => {
  const env: NodeJS.ProcessEnv = { [LAUNCH_VARIABLE]: lines.join('\n'), PATH: '/bin' }
  return { env, taken: takeLaunchNotes(env) }
}

test('what the launcher noted is read, and taken out of the environment', () => {
  const environ = Buffer.from('A=1\0NODE_OPTIONS=--bad\0').toString('base64')
  const { env, taken } = notes([
    'fds 5 200',
    'closed 0',
    'pipes 3 4',
    stat(1, 0b100000000000000),
    '1024',
    '4096',
    environ,
  ])
  expect(env).toEqual({ PATH: '/bin' })
  expect(taken).toEqual({
    environment: [
      { name: 'A', value: '1' },
      { name: 'NODE_OPTIONS', value: '--bad' },
    ],
    softOpenFiles: '1024',
    ignoredSignals: [1],
    blockedSignals: [15],
    inheritedDescriptors: [5, 200],
    closedDescriptors: [0],
    pipes: [3, 4],
  })
})

test('where the launcher’s shell hands on all but PWD as it was, the process is asked for its own', () => {
  const env: NodeJS.ProcessEnv = {
    [LAUNCH_VARIABLE]: ['fds', 'closed', 'pipes', stat(0), '1', '1', 'own'].join('\n'),
  }
  const own = Buffer.from(`A=\xff\0PWD=/here\0${LAUNCH_VARIABLE}=fds\nown\0B=2\0`, 'latin1')
  expect(takeLaunchNotes(env, () => own).environment).toEqual([
    { name: 'A', value: '\ufffd', raw: Buffer.from([0xff]) },
    { name: 'B', value: '2' },
  ])
})

test('each bit of the map of ignored signals is the signal of its place, up to the 31st', () => {
  expect(notes(['fds', 'closed', 'pipes', stat(0b1000000000011), '1', '1']).taken.ignoredSignals).toEqual([
    1, 2, 13,
  ])
  expect(notes(['fds', 'closed', 'pipes', stat(2 ** 30), '1', '1']).taken.ignoredSignals).toEqual([31])
  expect(notes(['fds', 'closed', 'pipes', stat(0), '1', '1']).taken.ignoredSignals).toEqual([])
})

test('a soft limit that is the hard one, or no number, is nothing to undo', () => {
  expect(notes(['fds', 'closed', 'pipes', stat(0), '4096', '4096']).taken.softOpenFiles).toBeUndefined()
  expect(
    notes(['fds', 'closed', 'pipes', stat(0), 'unlimited', 'unlimited']).taken.softOpenFiles,
  ).toBeUndefined()
})

test('without the launcher nothing is noted', () => {
  expect(takeLaunchNotes({ PATH: '/bin' })).toEqual({
    environment: undefined,
    softOpenFiles: undefined,
    ignoredSignals: [],
    blockedSignals: [],
    inheritedDescriptors: [],
    closedDescriptors: [],
    pipes: [],
    folder: undefined,
  })
})

test('where there is no /proc, what was kept from Node.js comes back for the job', () => {
  const env: NodeJS.ProcessEnv = {
    _CRONITOR_KEPT_NODE_OPTIONS: '--max-old-space-size=99',
    _CRONITOR_KEPT_LD_PRELOAD: '',
  }
  takeLaunchNotes(env)
  expect(env).toEqual({ NODE_OPTIONS: '--max-old-space-size=99', LD_PRELOAD: '' })
})

test('what the executable’s launcher sets for the runtime does not reach the job', () => {
  const set = {
    JSC_SIGNAL_FOR_GC: '40',
    BUN_FEATURE_FLAG_DISABLE_DNS_CACHE: '1',
    BUN_GC_TIMER_INTERVAL: '10000',
    BUN_JSC_useWarmUpMarkedBlocks: '0',
  }
  const notes = ['fds', 'closed', 'pipes', stat(0), '1', '1', 'own'].join('\n')
  const block = Buffer.from(
    `A=1\0${Object.entries(set)
      .map(([name, value]) => `${name}=${value}\0`)
      .join('')}`,
  )
  expect(takeLaunchNotes({ [LAUNCH_VARIABLE]: notes, ...set }, () => block).environment).toEqual([
    { name: 'A', value: '1' },
  ])
  const env: NodeJS.ProcessEnv = {
    [LAUNCH_VARIABLE]: '',
    ...set,
    _CRONITOR_KEPT_BUN_FEATURE_FLAG_DISABLE_DNS_CACHE: '0',
  }
  takeLaunchNotes(env)
  expect(env).toEqual({ BUN_FEATURE_FLAG_DISABLE_DNS_CACHE: '0' })
})

describe('of an environment that leaves little room, what shells change is noted beside `own`', () => {
  const own = Buffer.from('A=1\0SHLVL=3\0_=/bin/node\0IFS=changed\0PWD=/here\0')
  const taken = (changed: string) =>
    takeLaunchNotes(
      { [LAUNCH_VARIABLE]: ['fds', 'closed', 'pipes', stat(0), '1', '1', `own ${changed}`].join('\n') },
      () => own,
    ).environment
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  test('and wins over what this process has', () => {
    expect(taken(base64('a.b=2\0IFS=o\0_cx_end=\0'))).toEqual([
      { name: 'A', value: '1' },
      { name: 'a.b', value: '2' },
      { name: 'IFS', value: 'o' },
    ])
  })

  test('and without its end is not believed', () => {
    expect(taken(base64('a.b=2\0'))).toBeUndefined()
  })
})

test('where /proc can no longer be read, the environment counts as not noted', () => {
  const env = { [LAUNCH_VARIABLE]: ['fds', 'closed', 'pipes', stat(0), '1', '1', 'own'].join('\n') }
  const fail = () => {
    throw new Error('ENOENT')
  }
  expect(takeLaunchNotes(env, fail).environment).toBeUndefined()
})

test('what the library has set is not for the job', () => {
  const environ = Buffer.from('A=1\0_CRONITOR_HOST=/node\0_CRONITOR_HOST_KEYS={}\0').toString('base64')
  const { taken } = notes(['fds', 'closed', 'pipes', stat(0), '', '', environ])
  expect(taken.environment).toEqual([{ name: 'A', value: '1' }])
  const env = { PATH: '/bin', _CRONITOR_HOST: '/node', _CRONITOR_HOST_KEYS: '{}' }
  takeLaunchNotes(env)
  expect(env).toEqual({ PATH: '/bin' })
})
