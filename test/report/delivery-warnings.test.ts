import { expect, test } from 'vitest'
import type { EventResult } from '../../src/client/event-result.ts'
import { BEHIND_EARLIER } from '../../src/report/earlier-events.ts'
import { warnUndelivered } from '../../src/report/notices/delivery-warnings.ts'
import { createNotices, type Notices } from '../../src/report/notices/notices.ts'

function undelivered(
  state: 'run' | 'complete',
  lastProblem: string,
): EventResult & { readonly kind: 'undelivered' } {
  return {
    kind: 'undelivered',
    event: { monitorKey: 'a-job', state, host: 'a-host', metrics: [] },
    lastProblem,
    tries: lastProblem === BEHIND_EARLIER ? 0 : 3,
  }
}

function warningsOf(warn: (notices: Notices) => void): readonly string[] {
  const warnings: string[] = []
  warn({ ...createNotices('cronitor', {}), warn: problem => void warnings.push(problem) })
  return warnings
}

test('an event that waits for earlier ones is said to be kept, not undeliverable', () => {
  const both = [undelivered('run', BEHIND_EARLIER), undelivered('complete', BEHIND_EARLIER)]
  expect(warningsOf(notices => warnUndelivered(both, 5000, notices, { kept: 2 }))).toEqual([
    'run and complete are kept in the spool: earlier events have to be delivered first',
  ])
  expect(warningsOf(notices => warnUndelivered(both.slice(1), 5000, notices, { kept: 1 }))).toEqual([
    'complete is kept in the spool: earlier events have to be delivered first',
  ])
})

test('an event that could not be delivered is named with the time that was tried and the problem', () => {
  expect(
    warningsOf(notices =>
      warnUndelivered([undelivered('run', 'HTTP status 503')], 5000, notices, { kept: 1 }),
    ),
  ).toEqual(['run could not be delivered within 5s and is kept in the spool: HTTP status 503'])
})
