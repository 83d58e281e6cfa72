import { expect, test } from 'vitest'
import type { EventResult } from '../../src/client/event-result.ts'
import { tellUndelivered } from '../../src/report/descriptions.ts'
import { createNotices, type Notices } from '../../src/report/notices/notices.ts'
import { BEHIND_OTHERS } from '../../src/report/spool-keeper.ts'

function undelivered(state: 'run' | 'complete', lastProblem: string): EventResult {
  return {
    kind: 'undelivered',
    event: { monitorKey: 'a-job', state, host: 'a-host', metrics: [] },
    lastProblem,
    tries: lastProblem === BEHIND_OTHERS ? 0 : 3,
  }
}

function warningsOf(tell: (notices: Notices) => void): readonly string[] {
  const warnings: string[] = []
  tell({ ...createNotices('cronitor', {}), warn: problem => void warnings.push(problem) })
  return warnings
}

test('an event that was not tried, since earlier ones wait, is not said to be undeliverable', () => {
  const both = [undelivered('run', BEHIND_OTHERS), undelivered('complete', BEHIND_OTHERS)]
  expect(warningsOf(notices => tellUndelivered(both, 5000, notices, { kept: 2 }))).toEqual([
    'run and complete are kept in the spool: earlier events have to be delivered first',
  ])
  expect(warningsOf(notices => tellUndelivered(both.slice(1), 5000, notices, { kept: 1 }))).toEqual([
    'complete is kept in the spool: earlier events have to be delivered first',
  ])
})

test('an event that was tried in vain is said to be, with the time that it had', () => {
  expect(
    warningsOf(notices =>
      tellUndelivered([undelivered('run', 'HTTP status 503')], 5000, notices, { kept: 1 }),
    ),
  ).toEqual(['run could not be delivered within 5s and is kept in the spool: HTTP status 503'])
})
