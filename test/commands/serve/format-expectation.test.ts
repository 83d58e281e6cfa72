import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatExpectation } from '../../../src/commands/serve/format-expectation.ts'
import { parseExpectation } from '../../../src/commands/serve/parse-expectation.ts'
import type { Expectation } from '../../../src/server/monitors/monitors.ts'
import type { Rule, RuleSchedule } from '../../../src/server/monitors/rule.ts'
import { checkMonitorKey } from '../../../src/telemetry/monitor-key.ts'

const HOUR = 3_600_000

test.each<[Expectation, string]>([
  [{ monitorKey: 'a', rule: { schedule: { kind: 'every', everyMs: 25 * HOUR } } }, 'a=every 25h'],
  [
    { monitorKey: 'a', env: 'x', rule: { schedule: { kind: 'every', everyMs: 1500 } } },
    'a=every 1500ms in x',
  ],
  [{ monitorKey: 'a@b', rule: { schedule: { kind: 'every', everyMs: 90_000 } } }, 'a@b=every 90s'],
  [
    {
      monitorKey: 'a',
      env: 'x',
      rule: {
        schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'Europe/Berlin' },
        graceMs: 15 * 60_000,
        maxMs: 2 * HOUR,
        failures: 2,
        recover: 3,
      },
    },
    'a@x=cron "0 2 * * *" tz Europe/Berlin grace 15m max 2h failures 2 recover 3',
  ],
  [{ monitorKey: 'a@b', rule: { maxMs: HOUR } }, 'a@b@=max 1h'],
  [{ monitorKey: 'a@b', env: 'x', rule: { maxMs: HOUR } }, 'a@b=max 1h in x'],
  [{ monitorKey: 'a', env: 'EU west', rule: { failures: 2 } }, 'a=failures 2 in EU west'],
])('%j is %s', (expectation, text) => {
  expect(formatExpectation(expectation)).toBe(text)
})

describe('each expectation', () => {
  const ms = fc.oneof(
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.constantFrom(1000, 60_000, HOUR, 25 * HOUR, 1000 * 24 * HOUR),
  )
  const schedule: fc.Arbitrary<RuleSchedule> = fc.oneof(
    fc.record({ kind: fc.constant('every' as const), everyMs: ms }),
    fc.record(
      {
        kind: fc.constant('cron' as const),
        expression: fc.constantFrom('0 2 * * *', '*/5 0-6/2 1,15 * mon-fri', '@daily', '30 0 2 * * *'),
        zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'),
      },
      { requiredKeys: ['kind', 'expression'] },
    ),
  )
  const count = fc.integer({ min: 1, max: 1000 })
  const rule: fc.Arbitrary<Rule> = fc
    .record(
      { schedule, graceMs: fc.oneof(fc.constant(0), ms), maxMs: ms, failures: count, recover: count },
      { requiredKeys: [] },
    )
    .filter(
      each => Object.keys(each).length > 0 && (each.graceMs === undefined || each.schedule !== undefined),
    )
  const wordLike = fc.string({
    unit: fc.constantFrom('a', '@', '=', 'ä', '*', '"', '#', 'every', 'in'),
    minLength: 1,
  })
  const key = fc
    .oneof(wordLike, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }))
    .filter(text => checkMonitorKey(text) === undefined)
  const env = fc
    .oneof(wordLike, fc.string({ unit: fc.constantFrom('a', ' ', '@', '=', 'in', 'max'), minLength: 1 }))
    .filter(text => text.trim() === text)

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(key, fc.option(env, { nil: undefined }), rule, (monitorKey, inEnv, its) => {
        const expectation = { monitorKey, ...(inEnv !== undefined && { env: inEnv }), rule: its }
        expect(parseExpectation(formatExpectation(expectation))).toEqual({ ok: true, expectation })
      }),
      { numRuns: 2000 },
    )
  })

  test('that earlier versions knew is read as they did', () => {
    const OLD = /^(.*)=every[ \t]+(\S+)(?:[ \t]+in[ \t]+(\S.*))?$/s
    fc.assert(
      fc.property(key, fc.option(env, { nil: undefined }), ms, (monitorKey, inEnv, everyMs) => {
        const text = `${monitorKey}=every ${everyMs}ms${inEnv === undefined ? '' : ` in ${inEnv}`}`
        const [, oldKey, , oldEnv] = OLD.exec(text) ?? []
        // A key with white space was refused.
        if (oldKey === undefined || checkMonitorKey(oldKey) !== undefined) return
        expect(parseExpectation(text)).toMatchObject({
          ok: true,
          expectation: { monitorKey: oldKey, ...(oldEnv !== undefined && { env: oldEnv }) },
        })
      }),
      { numRuns: 1000 },
    )
  })
})
