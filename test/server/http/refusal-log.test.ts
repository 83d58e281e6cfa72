import { expect, test } from 'vitest'
import type { RefusalDetails } from '../../../src/server/http/refusal-counter.ts'
import { createRefusalLog } from '../../../src/server/http/refusal-log.ts'
import type { RefusalReason } from '../../../src/server/http/refusal-reason.ts'

function log() {
  let now = 0
  const lines: string[] = []
  const report = createRefusalLog({
    warn: text => lines.push(text),
    clock: () => now,
    redact: text => text.replaceAll('the-api-key', '[redacted]'),
  })
  const refuse = (
    monitorKey: string | undefined,
    more: Partial<RefusalDetails> = {},
    reason: RefusalReason = 'unknown_key',
  ) =>
    report(
      { status: 403, reason },
      { error: 'no such key', client: { ip: '192.0.2.1', address: '192.0.2.1' }, monitorKey, ...more },
    )
  return { lines, refuse, report, pass: (ms: number) => (now += ms) }
}

test('a line names the monitor, the client and the reason', () => {
  const { lines, refuse } = log()
  refuse('backup')
  refuse(undefined)
  expect(lines).toEqual([
    'refused an event of the monitor backup from 192.0.2.1: no such key (403 unknown_key)',
    'refused a request from 192.0.2.1: no such key (403 unknown_key)',
  ])
})

test('the same is said once an hour, by whatever address of a network', () => {
  const { lines, refuse, pass } = log()
  const client = (ip: string) => ({ client: { ip, address: '2001:db8:0:0::/64' } })
  refuse('backup', client('2001:db8::1'))
  pass(3_599_000)
  refuse('backup', client('2001:db8::2'))
  expect(lines).toHaveLength(1)
  pass(1000)
  refuse('backup', client('2001:db8::2'))
  expect(lines[1]).toContain('2001:db8::2')
})

test('strangers cannot fill the log, and what was not shown is counted', () => {
  const { lines, refuse, pass } = log()
  for (let count = 0; count < 1000; count += 1) refuse(`job-${count}`)
  expect(lines).toHaveLength(20)
  pass(30_000)
  refuse('last')
  expect(lines).toHaveLength(21)
  expect(lines[20]).toMatch(/^refused an event of the monitor last .*; 980 other refusals were not shown$/)
})

test('monitors beyond the bound are one line an hour, whichever they are', () => {
  const { lines, refuse, pass } = log()
  for (let count = 0; count < 10; count += 1) refuse(`job-${count}`, {}, 'too_many_monitors')
  expect(lines).toHaveLength(1)
  pass(3_600_000)
  refuse('another', {}, 'too_many_monitors')
  expect(lines).toHaveLength(2)
})

test('an API key in place of the monitor is not shown, and a long one is cut', () => {
  const { lines, refuse } = log()
  refuse('the-api-key')
  refuse('x'.repeat(60_000))
  expect(lines[0]).toContain('the monitor [redacted] from')
  expect(lines[1]?.length).toBeLessThan(250)
})

test('failures of the server have their own warnings, and a question for a key is not worth a line', () => {
  const { lines, report } = log()
  const details = { error: 'e', client: { ip: '', address: '' } }
  for (const reason of ['not_stored', 'not_read'] as const) report({ status: 503, reason, details }, details)
  report({ status: 401, reason: 'no_key', details }, details)
  expect(lines).toEqual([])
  report({ status: 401, reason: 'unknown_key', details }, details)
  report({ status: 550, reason: 'unknown_key', details }, { ...details, monitorKey: 'mail' })
  expect(lines).toHaveLength(2)
})
