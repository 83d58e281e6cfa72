import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { startDelayMs } from '../../../../src/job/start-delay.ts'
import { describeJobControl } from '../../../support/job-control.ts'
import { MONITOR, startWrapped } from '../../../support/start-wrapper.ts'
import { until } from '../../../support/until.ts'
import { apiForTest } from '../../../support/wrapper.ts'

describeJobControl({ flags: ['--jitter', '100ms'] })

const SPLAY_MS = 3000

test('the splay is that of the host and the monitor, and comes before the start', async () => {
  const expected = (host: string): number =>
    startDelayMs({ splayMs: SPLAY_MS, jitterMs: 0, host, monitorKey: MONITOR, random: () => 0 })
  for (const [flags, host] of [
    [[], hostname()],
    [['--hostname', 'web1'], 'web1'],
  ] as const) {
    const api = await apiForTest()
    const options = { flags: ['-v', '--splay', `${SPLAY_MS}ms`, ...flags] }
    const { status, elapsedMs, stderr } = await startWrapped(api, ['true'], options).done
    expect(status).toBe(0)
    expect(elapsedMs).toBeGreaterThan(expected(host))
    expect(String(stderr)).toMatch(/^cronitor-exec: waiting for [0-9.]+m?s\n/)
    const metric = api.events(MONITOR).at(-1)?.params.get('metric')
    // The wait is no part of the job's time.
    expect(Number(metric?.replace('duration:', ''))).toBeLessThan(elapsedMs / 1000)
  }
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGALRM'] as const)(
  '%s ends the wait, without an event',
  async signal => {
    const api = await apiForTest()
    const running = startWrapped(api, ['echo', 'ran'], { flags: ['-v', '--jitter', '1000d'] })
    await until('the run waits', () => String(running.output().stderr).includes('waiting'))
    running.signal(signal)
    const ended = await running.done
    expect([ended.signal, String(ended.stdout), api.events()]).toEqual([signal, '', []])
  },
)

test('QUIT ends the wait with 131, because it would dump core', async () => {
  const api = await apiForTest()
  const running = startWrapped(api, ['echo', 'ran'], { flags: ['-v', '--jitter', '1000d'] })
  await until('the run waits', () => String(running.output().stderr).includes('waiting'))
  running.signal('SIGQUIT')
  expect((await running.done).status).toBe(131)
})

test('a signal that comes before the wait ends it too', async () => {
  const api = await apiForTest()
  // The shell is replaced by the launcher, so that the signal comes as early as possible.
  const through = ['sh', '-c', '(sleep 0.03; kill -TERM $$) & exec "$@"', 'sh']
  const { signal, stdout } = await startWrapped(api, ['echo', 'ran'], {
    through,
    flags: ['--jitter', '1000d'],
  }).done
  expect([signal, String(stdout), api.events()]).toEqual(['SIGTERM', '', []])
})

test('a signal that was ignored before the wrapper does not end the wait', async () => {
  const api = await apiForTest()
  const running = startWrapped(api, ['echo', 'ran'], { through: ['nohup'], flags: ['-v', '--splay', '3s'] })
  await until('the run waits', () => String(running.output().stderr).includes('waiting'))
  running.signal('SIGHUP')
  const { status, stdout } = await running.done
  expect([status, String(stdout)]).toEqual([0, 'ran\n'])
})
