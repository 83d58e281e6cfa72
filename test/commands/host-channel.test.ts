import { expect, test } from 'vitest'
import { openHostChannel } from '../../src/commands/host-channel.ts'
import type { JobEnd } from '../../src/job/job-end.ts'

const HOST = { _CRONITOR_HOST: '/usr/bin/node' }

function channel(env: NodeJS.ProcessEnv = HOST) {
  const lines: string[] = []
  const host = openHostChannel(env, line => lines.push(line))
  if (host === undefined) throw new Error('there is no channel')
  return { host, told: () => lines.map(line => JSON.parse(line)) }
}

test('a command that a shell has started has no channel', () => {
  expect(openHostChannel({ PATH: '/bin' })).toBeUndefined()
})

test('the API keys of the program are settings', () => {
  const keys = { apiKey: 'one', pingApiKey: 'two' }
  expect(channel({ ...HOST, _CRONITOR_HOST_KEYS: JSON.stringify(keys) }).host.keys).toEqual(keys)
  expect(channel().host.keys).toEqual({})
})

test.each<[JobEnd, object]>([
  [
    { kind: 'exited', status: 3, durationMs: 5 },
    { kind: 'exited', status: 3 },
  ],
  [
    { kind: 'killed', signal: 'SIGKILL', durationMs: 5 },
    { kind: 'killed', signal: 'SIGKILL' },
  ],
  [
    { kind: 'timed-out', status: 124, reason: 'timed out after 1s', durationMs: 5 },
    { kind: 'timed-out', status: 124, reason: 'timed out after 1s' },
  ],
  [
    { kind: 'not-started', status: 127, reason: 'command not found: x', durationMs: 5 },
    { kind: 'not-started', status: 127, reason: 'command not found: x' },
  ],
])('of a run it is told how it starts and ends: %j', async (leave, end) => {
  const { host, told } = channel()
  const outcome = Promise.resolve({ leave, reported: { state: 'fail', reason: 'why' } as const })
  host.follow({ job: { pid: 7 }, series: 's', outcome })
  expect(told()).toEqual([{ kind: 'started', pid: 7, series: 's' }])
  await outcome
  expect(told()[1]).toEqual({ kind: 'ended', end, state: 'fail', reason: 'why', durationMs: 5 })
})

test.each([
  [{ kind: 'delivered' } as const, { kind: 'delivered' }],
  [{ kind: 'queued', tries: 1, reason: 'why' } as const, { kind: 'kept', reason: 'why' }],
  [{ kind: 'recorded', queued: 1, reason: 'why' } as const, { kind: 'kept', reason: 'why' }],
  [{ kind: 'rejected', reason: 'why' } as const, { kind: 'refused', reason: 'why' }],
  [{ kind: 'lost', queued: 0, reason: 'why' } as const, { kind: 'lost', reason: 'why' }],
  [{ kind: 'no-key' } as const, { kind: 'not-sent', reason: expect.stringContaining('no API key') }],
  [undefined, { kind: 'not-sent', reason: 'there was nothing to report' }],
])('the last message says what happened to the events: %j', (outcome, events) => {
  const { host, told } = channel()
  host.noteWarning('a warning')
  host.conclude(outcome)
  expect(told()).toEqual([{ kind: 'concluded', events, warnings: ['a warning'] }])
})
