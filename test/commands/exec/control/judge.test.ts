import { expect, test } from 'vitest'
import { judge } from '../../../../src/commands/exec/control/judge.ts'
import { outcomeOf } from '../../../../src/commands/exec/run-outcome.ts'

const exited = (status: number) => outcomeOf({ kind: 'exited', status, durationMs: 5 })

test.each([
  [0, 'complete', undefined],
  [3, 'complete', 'exit status 3'],
  [4, 'fail', 'exit status 4'],
])('with --success-status 0,3 the exit status %i is %s', (status, state, reason) => {
  const { leave, reported } = judge(exited(status), { successStatus: new Set([0, 3]) })
  expect(leave).toEqual({ kind: 'exited', status, durationMs: 5 })
  expect(reported).toEqual({ status, durationMs: 5, state, ...(reason !== undefined && { reason }) })
})

test('0 is a failure if --success-status does not have it; --strict-status then gives 1', () => {
  const successStatus = new Set([3])
  expect(judge(exited(0), { successStatus })).toMatchObject({
    leave: { status: 0 },
    reported: { state: 'fail', status: 0, reason: 'exit status 0' },
  })
  expect(judge(exited(0), { successStatus, strictStatus: true }).leave).toMatchObject({ status: 1 })
  expect(judge(exited(7), { successStatus, strictStatus: true }).leave).toMatchObject({ status: 7 })
  expect(judge(exited(0), { strictStatus: true }).leave).toMatchObject({ status: 0 })
})

test('a death by a signal and a job that could not be started are no exit status', () => {
  const killed = outcomeOf({ kind: 'killed', signal: 'SIGTERM', durationMs: 5 })
  expect(judge(killed, { successStatus: new Set([143]) })).toEqual(killed)
  const missing = outcomeOf({
    kind: 'not-started',
    status: 127,
    reason: 'command not found: x',
    durationMs: 0,
  })
  expect(judge(missing, { successStatus: new Set([127]) })).toEqual(missing)
})
