import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadExpectations, parseExpectFile } from '../../../src/commands/serve/expect-file.ts'
import { parseExpectation } from '../../../src/commands/serve/parse-expectation.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { every } from '../../server/store/support.ts'
import { tempDir } from '../../support/temp.ts'

const HOUR = 3_600_000

const cron = (expression: string, zone?: string): Rule => ({
  schedule: { kind: 'cron', expression, ...(zone !== undefined && { zone }) },
})

describe('a rule that earlier versions knew', () => {
  test.each([
    ['nightly-backup=every 25h', 'nightly-backup', 25 * HOUR],
    ['  a=every\t\t90  ', 'a', 90_000],
    ['a=b=every 1d', 'a=b', 24 * HOUR],
    ['a=every=every 1500ms', 'a=every', 1500],
    ['größe/#1=every 1m', 'größe/#1', 60_000],
    ['backup@web1=every 1m', 'backup@web1', 60_000],
    ['@=every 1m', '@', 60_000],
  ])('%j', (text, monitorKey, everyMs) => {
    expect(parseExpectation(text)).toEqual({ ok: true, expectation: { monitorKey, rule: every(everyMs) } })
  })

  test.each([
    ['a=every 25h in production', 'a', 'production'],
    ['a=every 25h  in\tEU west ', 'a', 'EU west'],
    ['a=every 25h in in', 'a', 'in'],
    ['a@b=every 25h in max 2h', 'a@b', 'max 2h'],
  ])('%j is for one environment', (text, monitorKey, env) => {
    expect(parseExpectation(text)).toEqual({
      ok: true,
      expectation: { monitorKey, rule: every(25 * HOUR), env },
    })
  })
})

describe('a rule', () => {
  test.each<[string, Rule]>([
    ['cron "0 2 * * *"', cron('0 2 * * *')],
    [`cron '0 2 * * *'\ttz Europe/Berlin`, cron('0 2 * * *', 'Europe/Berlin')],
    ['cron @daily', cron('@daily')],
    ['cron "30 0 2 * * *"', cron('30 0 2 * * *')],
    ['every 25h grace 1h', { ...every(25 * HOUR), graceMs: HOUR }],
    ['max 2h', { maxMs: 2 * HOUR }],
    ['failures 2 recover 3', { failures: 2, recover: 3 }],
    [
      'max 2h grace 0 tz UTC cron "0 2 * * *" failures 2 recover 1000',
      { ...cron('0 2 * * *', 'UTC'), graceMs: 0, maxMs: 2 * HOUR, failures: 2, recover: 1000 },
    ],
  ])('%j', (text, rule) => {
    expect(parseExpectation(`a=${text}`)).toEqual({ ok: true, expectation: { monitorKey: 'a', rule } })
  })

  test.each([
    ['a@x=max 1h', 'a', 'x'],
    ['a=b@x=y=max 1h', 'a=b', 'x=y'],
    ['a@b@x=max 1h', 'a@b', 'x'],
    ['a@b@=max 1h', 'a@b', undefined],
    ['a@=max 1h', 'a', undefined],
    ['a@@=max 1h', 'a@', undefined],
    ['a@b=max 1h in x', 'a@b', 'x'],
    ['a=max 1h in EU west', 'a', 'EU west'],
    ['backup-*@x=max 1h', 'backup-*', 'x'],
  ])('%j is for the monitor %j in %j', (text, monitorKey, env) => {
    expect(parseExpectation(text)).toEqual({
      ok: true,
      expectation: { monitorKey, rule: { maxMs: HOUR }, ...(env !== undefined && { env }) },
    })
  })
})

test.each([
  ['', /^expected a monitor and a rule/],
  ['nightly', /^expected a monitor and a rule/],
  ['=every 25h', 'the monitor key is empty'],
  ['@x=max 1h', 'the monitor key is empty'],
  ['=every 1s=every 2s', /^every "1s=every": expected a duration/],
  ['two words=every 25h', 'the monitor key contains white space'],
  ['a=b words=every 25h', 'the monitor key contains white space'],
  [`${'x'.repeat(129)}=every 25h`, 'the monitor key has more than 128 characters'],
  ['a=', /^the rule is missing: expected every, cron, .* or in$/],
  ['a= in x', /^the rule is missing/],
  ['nightly=25h', /^unknown word "25h": expected every, cron/],
  ['nightly=everyday', /^unknown word "everyday"/],
  ['nightly=every 25h please', /^unknown word "please"/],
  ['nightly=every 25 h', /^unknown word "h"/],
  ['a=every 25 hours', /^unknown word "hours"/],
  ['a=every 25hin production', 'every "25hin": expected a duration such as 90, 90s, 1500ms, 10m, 2h or 1d'],
  ['nightly=every', 'every must be followed by a duration, such as every 25h'],
  ['a=every in production', /^every "in": expected a duration/],
  ['a=every 25h in', 'in must be followed by an environment'],
  ['a=every -1h', /^every "-1h": expected a duration/],
  ['a=every 0', 'every "0": expected a duration of more than 0'],
  ['a=max 0', 'max "0": expected a duration of more than 0'],
  ['a=every 1001d', 'every "1001d": expected a duration of at most 1000d'],
  ['a=max 2h grace', 'grace must be followed by a duration, such as grace 15m'],
  ['a=max 2h max 3h', 'max is given twice'],
  ['a=every 1h every 2h', 'every is given twice'],
  ['a=failures 0', 'failures "0": expected a whole number from 1 to 1000'],
  ['a=recover 1.5', 'recover "1.5": expected a whole number from 1 to 1000'],
  ['a=failures 1001', /^failures "1001"/],
  ['a=every 1h cron @daily', 'a rule has every or cron, not both'],
  ['a=every 1h tz UTC', 'tz needs cron'],
  ['a=max 1h grace 1m', 'grace needs every or cron'],
  ['a=cron 0 2 * * *', 'cron must be followed by an expression in quotes, such as cron "0 2 * * *"'],
  ['a=cron "0 2 * * *', /^cron must be followed by an expression in quotes/],
  ['a=cron "0 2 * * *"x', /^cron must be followed by an expression in quotes/],
  ['a=cron "0 25 * * *"', /^cron "0 25 \* \* \*": ./],
  ['a=cron "0 2 * * *" tz Europe/Berln', /^cron "0 2 \* \* \*" tz Europe\/Berln: .*Europe\/Berln/],
  ['a=cron @reboot', 'cron "@reboot": there is no such time'],
  ['a=cron "0 0 30 2 *"', 'cron "0 0 30 2 *": there is no such time'],
])('%j is wrong: %s', (text, problem) => {
  const wanted = typeof problem === 'string' ? problem : expect.stringMatching(problem)
  expect(parseExpectation(text)).toEqual({ ok: false, problem: wanted })
})

describe('a file of expectations', () => {
  test('has one expectation a line, comments and empty lines', () => {
    const text = '# all\r\n\nnightly=every 25h # the backup\n\t\n  #x\n a#b=every 1h\t# c # d\nlast=every 1s'
    expect(parseExpectFile(text)).toEqual({
      ok: true,
      expectations: [
        { monitorKey: 'nightly', rule: every(25 * HOUR) },
        { monitorKey: 'a#b', rule: every(HOUR) },
        { monitorKey: 'last', rule: every(1000) },
      ],
    })
    expect(parseExpectFile('')).toEqual({ ok: true, expectations: [] })
  })

  test('an error names the line', () => {
    expect(parseExpectFile('a=every 1h\n\n# c\nb=every never\n')).toEqual({
      ok: false,
      problem: expect.stringMatching(/^line 4: every "never": expected a duration/),
    })
  })

  test('a monitor must not be named twice', () => {
    expect(parseExpectFile('a=every 1h\nb=every 1h\na=every 2h')).toEqual({
      ok: false,
      problem: expect.stringMatching(/^line 3: .*earlier/),
    })
    expect(parseExpectFile('a=every 1h in x\na=every 2h in x')).toEqual({
      ok: false,
      problem: 'line 2: an earlier line has the same monitor and environment',
    })
  })

  test('a monitor may have an expectation for all environments and others for single ones', () => {
    expect(parseExpectFile('a=every 1h\na=every 2h in x # slow\na=every 3h in y')).toEqual({
      ok: true,
      expectations: [
        { monitorKey: 'a', rule: every(HOUR) },
        { monitorKey: 'a', rule: every(2 * HOUR), env: 'x' },
        { monitorKey: 'a', rule: every(3 * HOUR), env: 'y' },
      ],
    })
  })
})

describe('the expectations of both', () => {
  const file = (text: string) => {
    const path = join(tempDir('expect'), 'expect')
    writeFileSync(path, text)
    return path
  }

  test('the command line takes precedence over the file', () => {
    const given = [{ monitorKey: 'a', rule: every(1) }]
    expect(loadExpectations(given, undefined)).toEqual({ ok: true, expectations: given })
    expect(loadExpectations(given, file('a=every 2s\nb=every 3s'))).toEqual({
      ok: true,
      expectations: [
        { monitorKey: 'a', rule: every(1) },
        { monitorKey: 'b', rule: every(3000) },
      ],
    })
    // For another environment it replaces nothing.
    expect(loadExpectations(given, file('a=every 2s in x'))).toEqual({
      ok: true,
      expectations: [{ monitorKey: 'a', rule: every(2000), env: 'x' }, ...given],
    })
  })

  test('a missing or invalid file is a problem of one line', () => {
    const path = file('a')
    expect(loadExpectations([], path)).toEqual({
      ok: false,
      problem: expect.stringContaining(`--expect-file ${path}, line 1: expected a monitor`),
    })
    expect(loadExpectations([], `${path}.no`)).toEqual({
      ok: false,
      problem: `--expect-file ${path}.no does not exist`,
    })
  })
})
