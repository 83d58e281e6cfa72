/** Retries: when a job is started again, what it finds, and what is reported. */

import { openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../../../support/fake-api.ts'
import { hasProc, isIdle } from '../../../support/process-state.ts'
import { delivered, MONITOR, printed, startWrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { until } from '../../../support/until.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

/** A job that counts its attempts, in the working directory: `$n` is the number of this one. */
const COUNTS = 'n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n > n; echo "try $n"; '

const QUICK = ['--retry-delay', '20ms']

const endOf = (monitor = MONITOR) => api.events(monitor).find(({ state }) => state !== 'run')

test('the message has the output of the last attempt, and the duration is that of all', async () => {
  const flags = ['--retries', '3', '--retry-delay', '300ms']
  const running = startWrapped(api, ['sh', '-c', `${COUNTS} [ $n -ge 3 ]`], { flags })
  const { status, stdout, stderr } = await running.done
  expect([status, String(stdout)]).toEqual([0, 'try 1\ntry 2\ntry 3\n'])
  expect(String(stderr)).toBe(
    [1, 2]
      .map(n => `cronitor-exec: attempt ${n} of 4 failed: exit status 1; the next one starts in 300ms\n`)
      .join(''),
  )
  expect(delivered(api)).toEqual(['run', 'complete 0'])
  expect(endOf()?.params.get('message')).toBe('try 3\nattempt 3 of 4')
  const [, duration = ''] = /^duration:([\d.]+)$/.exec(endOf()?.params.get('metric') ?? '') ?? []
  expect(Number(duration)).toBeGreaterThan(0.6)
})

test.each([
  ['a status of --retry-on', ['--retry-on', '3,10-12'], 'exit 11', 3],
  ['another status', ['--retry-on', '3,10-12'], 'exit 13', 1],
  ['a status of --no-retry-on', ['--no-retry-on', '13,14'], 'exit 13', 1],
  ['a temporary failure, as of a lock', [], 'exit 75', 1],
  ['a command that is not there', [], 'exit 127', 1],
  ['a death by a signal', [], 'kill -9 $$', 3],
  ['a time-out, if it is named', ['--retry-on', 'timeout', '--timeout', '1s'], 'sleep 60', 3],
  ['a time-out, if it is not named', ['--retry-on', '1', '--timeout', '1s'], 'sleep 60', 1],
  ['a failure that --success-status accepts', ['--success-status', '0,5'], 'exit 5', 1],
])('after %s', async (_, flags, end, attempts) => {
  const running = startWrapped(api, ['sh', '-c', `${COUNTS} ${end}`], {
    flags: ['--retries', '2', ...QUICK, ...flags],
  })
  await running.done
  expect(endOf()?.params.get('message')).toContain(`attempt ${attempts} of 3`)
  // On a busy machine, a time-out may come before an attempt has counted itself.
  if (!flags.includes('--timeout'))
    expect(readFileSync(join(running.home, 'n'), 'utf8')).toBe(`${attempts}\n`)
})

test('the delays grow by the factor', async () => {
  const flags = ['--retries', '3', '--retry-delay', '40ms', '--retry-backoff', '2.5']
  const { stderr } = await startWrapped(api, ['false'], { flags }).done
  expect([...String(stderr).matchAll(/starts in (\w+)$/gm)].map(([, delay]) => delay)).toEqual([
    '40ms',
    '100ms',
    '250ms',
  ])
})

test('no attempt starts after the deadline of the run, which is not waited for', async () => {
  const flags = ['--retries', '99', '--retry-delay', '1h', '--deadline', '30m']
  const { status, stderr } = await startWrapped(api, ['sh', '-c', `${COUNTS} exit 4`], { flags }).done
  expect([status, String(stderr)]).toEqual([4, ''])
  expect(endOf()?.params.get('message')).toBe('try 1\nexit status 4, attempt 1 of 100')
})

test('the deadline ends an attempt', async () => {
  // Without a delay, the deadline cannot come between two attempts.
  const flags = ['--retries', '99', '--retry-delay', '0', '--deadline', '1s']
  const running = startWrapped(api, ['sh', '-c', `${COUNTS} [ $n -gt 1 ] || exit 1; sleep 60`], { flags })
  expect((await running.done).status).toBe(124)
})

test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const)(
  '%s between two attempts ends the trying, and the wrapper as it ends others',
  async name => {
    const running = startWrapped(api, ['sh', '-c', 'echo up; exit 3'], {
      flags: ['--retries', '5', '--retry-delay', '1h'],
    })
    await printed(running, 'starts in 1h', 'stderr')
    running.signal(name)
    const { status, signal } = await running.done
    expect(signal ?? status).toBe(name === 'SIGQUIT' ? 131 : name)
    expect(delivered(api)).toEqual(['run', 'fail 3'])
    expect(endOf()?.params.get('message')).toBe(`up\nexit status 3, attempt 1 of 6, no other after ${name}`)
  },
)

test('other signals go to the current attempt, and end nothing', async () => {
  const job = `${COUNTS} [ $n -gt 1 ] || exit 1; trap 'echo "got USR1"; exit 0' USR1; echo up; while :; do sleep 0.02; done`
  const running = startWrapped(api, ['sh', '-c', job], {
    flags: ['--retries', '5', '--retry-delay', '400ms'],
  })
  await printed(running, 'starts in', 'stderr')
  running.signal('SIGUSR1')
  await printed(running, 'up\n')
  running.signal('SIGUSR1')
  expect((await running.done).status).toBe(0)
  // The first one reaches the second attempt if that was started meanwhile, and then a third one may follow.
  expect(String((await running.done).stdout)).toMatch(/^try 1\n(try \d\n|up\n)*got USR1\n$/)
})

test('each attempt has the descriptors that the wrapper inherited, and the same series', async () => {
  const file = join(tempDir('descriptor'), 'file')
  writeFileSync(file, '')
  const descriptor = openSync(file, 'a')
  const stdio = ['null', 'pipe', 'pipe', descriptor] as const
  const job = `${COUNTS} echo "$CRONITOR_SERIES $CRONITOR_RUN_ID" >&3; [ $n -eq 3 ]`
  const running = startWrapped(api, ['sh', '-c', job], { flags: ['--retries', '5', ...QUICK], stdio })
  expect((await running.done).status).toBe(0)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(3)
  expect(new Set(lines).size).toBe(1)
})

test.skipIf(!hasProc)('many attempts leave no descriptors open (needs /proc)', async () => {
  // The fifth waits until it is told to end, the last one for the signal: both are looked at in the same state.
  const job = `${COUNTS} case $n in 5) until [ -e go ]; do sleep 0.02; done ;; 40) exec sleep 60 ;; esac`
  const running = startWrapped(api, ['sh', '-c', job], {
    flags: ['--retries', '99', '--retry-delay', '0', '--retry-on', '0-255', '--success-status', '77'],
  })
  const openAt = async (text: string) => {
    await printed(running, text)
    await until('the wrapper has nothing to do', () => isIdle(running.pid))
    return readdirSync(`/proc/${running.pid}/fd`).length
  }
  await api.waitFor(events => events.some(({ answered }) => answered === 200))
  const before = await openAt('try 5\n')
  writeFileSync(join(running.home, 'go'), '')
  expect(await openAt('try 40\n')).toBeLessThan(before + 8)
  running.signal('SIGTERM')
  await running.done
})

test('a background process of a failed attempt may print until the end', async () => {
  const waitFor = (file: string) => `until [ -e ${file} ]; do sleep 0.02; done`
  const second = `: > second; ${waitFor('printed')}; exit 0`
  const job = `${COUNTS} [ $n -gt 1 ] && { ${second}; }; (${waitFor('second')}; echo late; : > printed) & exit 1`
  const running = startWrapped(api, ['sh', '-c', job], { flags: ['--retries', '1', ...QUICK] })
  const { status, stdout } = await running.done
  // Each attempt has pipes of its own.
  expect([status, String(stdout).split('\n').toSorted()]).toEqual([0, ['', 'late', 'try 1', 'try 2']])
})

test('--quiet says nothing between attempts, and the event log has the lines', async () => {
  const log = join(tempDir('log'), 'log')
  const flags = ['--quiet', '--log', log, '--retries', '1', '--retry-delay', '500ms', '--warn-after', '200ms']
  const { stderr } = await startWrapped(api, ['sh', '-c', 'sleep 0.5; exit 3'], { flags }).done
  expect(String(stderr)).toBe('')
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(
    lines.map(line => line.replace(/^\S+ \S+ /, '')).filter(line => !line.startsWith('delivered')),
  ).toEqual([
    'the job still runs after 200ms',
    'attempt 1 of 2 failed: exit status 3; the next one starts in 500ms',
  ])
  expect(lines.some(line => line.includes(` ${endOf()?.params.get('series')} the job still`))).toBe(true)
})

test('a settings file has time limits and retries by monitor key', async () => {
  const config = join(tempDir('config'), 'cronitor.json')
  const jobs = {
    '*': { timeout: '300ms', retries: 1, 'retry-delay': '20ms' },
    [MONITOR]: { 'retry-on': 'timeout', 'kill-after': '1h' },
  }
  writeFileSync(config, JSON.stringify({ jobs }), { mode: 0o600 })
  const { status } = await startWrapped(api, ['sleep', '60'], { flags: ['--config', config] }).done
  expect(status).toBe(124)
  expect(endOf()?.params.get('message')).toBe('timed out after 300ms, attempt 2 of 2')
})

test.each([
  [['--timeout', '10x'], '--timeout'],
  [['--signal', 'FOO'], '--signal'],
  [['--retries', '-1'], '--retries'],
  [['--retry-backoff', '0.5'], '--retry-backoff'],
  [['--retry-on', 'timeouts'], '--retry-on'],
  [['--no-retry-on', '256'], '--no-retry-on'],
])('%j is a usage error', async (flags, option) => {
  const { status, stderr } = await startWrapped(api, ['touch', 'ran'], { flags }).done
  expect(status).toBe(125)
  expect(String(stderr)).toMatch(
    new RegExp(`^cronitor-exec: option '${option} <\\w+>': expected [^\\n]+\\n$`),
  )
  expect(api.events()).toEqual([])
})
