import { expect, test } from 'vitest'
import { exitStatusOf } from '../../src/job/job-end.ts'

test('a status is the job’s own, and 128 and the number for a signal', () => {
  expect(exitStatusOf({ kind: 'exited', status: 255, durationMs: 1 })).toBe(255)
  expect(exitStatusOf({ kind: 'killed', signal: 'SIGKILL', durationMs: 1 })).toBe(137)
  expect(exitStatusOf({ kind: 'not-started', status: 126, reason: '', durationMs: 1 })).toBe(126)
})
