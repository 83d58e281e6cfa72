/** A wrapper that had to wait for a processor lets other jobs start before it reports. Its own job is not affected. */

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../support/run.ts'
import { delivered, printed, startWrapped } from '../../support/start-wrapper.ts'
import { apiForTest } from '../../support/wrapper.ts'

const CROWDED = 'the host is crowded'
/**
 * The kernel gives others three times as much of the processors. It compares processes, or with autogroups sessions: then the
 * nice value of the session counts (sched(7)).
 */
const POLITE = 'if [ -w /proc/self/autogroup ]; then echo 5 > /proc/self/autogroup; fi; exec nice -n 5 "$@"'
const THROUGH = ['sh', '-c', POLITE, 'sh']

const busy: Running[] = []

beforeAll(() => {
  // `start` makes a session for each.
  for (let count = 0; count < 8 * availableParallelism(); count += 1)
    busy.push(start(['timeout', '90', 'sh', '-c', 'while :; do :; done']))
})

afterAll(async () => {
  for (const running of busy) running.signalGroup('SIGKILL')
  await Promise.all(busy.map(running => running.done))
})

test.skipIf(!existsSync('/proc/self/schedstat'))(
  'on a crowded host, output, signals, status and events are those of the job',
  async () => {
    const api = await apiForTest()
    const job = ['sh', '-c', 'trap "echo stopped; exit 7" TERM; echo started; while :; do sleep 0.05; done']
    const running = startWrapped(api, job, {
      flags: ['--verbose'],
      through: THROUGH,
      // What does not arrive in time is kept, and that is not what this test is about.
      env: { CRONITOR_DELIVER_WITHIN: '60s' },
    })
    await printed(running, 'started')
    await printed(running, CROWDED, 'stderr')
    running.signal('SIGTERM')
    const { status, stdout } = await running.done
    expect({ status, stdout: String(stdout) }).toEqual({ status: 7, stdout: 'started\nstopped\n' })
    expect(delivered(api)).toEqual(['run', 'fail 7'])
  },
)
