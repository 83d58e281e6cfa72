import { expect, test } from 'vitest'
import { createRelayNotices } from '../../../src/server/relay/relay-notices.ts'
import { spooledOf } from '../../spool/support.ts'

function noticesForTest() {
  const lines: string[] = []
  let time = 0
  const notices = createRelayNotices({
    notify: line => lines.push(line),
    now: () => time,
    host: 'api.example',
    folder: '/data/forward',
    maxAgeMs: 7 * 86_400_000,
  })
  const spooled = spooledOf('run')
  return {
    lines,
    notices,
    pass: (ms: number) => {
      time += ms
    },
    delivered: () => notices.report({ kind: 'delivered', spooled }),
    failed: (problem: string) => notices.report({ kind: 'will-retry', spooled, problem }),
    refused: (problem: string) => notices.report({ kind: 'refused', spooled, problem }),
  }
}

test('there are no notices without problems', () => {
  const { lines, notices, delivered } = noticesForTest()
  delivered()
  notices.copied({ kind: 'all', tooOld: 0, unsendable: 0 })
  notices.dropped({ tooOld: 0, tooMany: 0 })
  expect(lines).toEqual([])
})

test('an outage that lasts is noticed once, and its end too', () => {
  const { lines, pass, delivered, failed } = noticesForTest()
  failed('connection refused')
  pass(9_999)
  failed('connection refused')
  expect(lines).toEqual([])
  pass(1)
  failed('connection refused')
  failed('HTTP status 500')
  expect(lines).toEqual([
    'events cannot be sent on to api.example at present: connection refused; they are kept and sent later',
  ])
  delivered()
  delivered()
  expect(lines.slice(1)).toEqual(['events are sent on to api.example again'])
  pass(60_000)
  failed('connection refused')
  expect(lines).toHaveLength(2)
})

test('each reason of a refusal is noticed once, with the command that lists the events', () => {
  const { lines, refused } = noticesForTest()
  refused('HTTP status 401, the API key is wrong')
  refused('HTTP status 401, the API key is wrong')
  refused('HTTP status 404, there is no such monitor, or --url is wrong')
  expect(lines).toEqual([
    'api.example refused an event: HTTP status 401, the API key is wrong; such events are kept: cronitor spool list --rejected --spool-dir /data/forward',
    expect.stringContaining('HTTP status 404'),
  ])
})

test('skipped and dropped events are noticed with their number', () => {
  const { lines, notices } = noticesForTest()
  notices.copied({ kind: 'more', tooOld: 2, unsendable: 0 })
  notices.copied({ kind: 'all', tooOld: 1, unsendable: 0 })
  notices.copied({ kind: 'all', tooOld: 0, unsendable: 0 })
  notices.dropped({ tooOld: 1, tooMany: 0 })
  notices.dropped({ tooOld: 1, tooMany: 4 })
  expect(lines).toEqual([
    '3 events were not sent on to api.example: older than 7d',
    '1 event was dropped from /data/forward: 1 older than 7d',
    '5 events were dropped from /data/forward: 1 older than 7d, 4 over the size of the spool',
  ])
})
