import { expect, test } from 'vitest'
import { statusOf } from '../../src/job/end.ts'

test('a status is the job’s own, and 128 and the number for a signal', () => {
  expect(statusOf({ kind: 'exited', status: 255, durationMs: 1 })).toBe(255)
  expect(statusOf({ kind: 'killed', signal: 'SIGKILL', durationMs: 1 })).toBe(137)
  expect(statusOf({ kind: 'not-started', status: 126, reason: '', durationMs: 1 })).toBe(126)
})
