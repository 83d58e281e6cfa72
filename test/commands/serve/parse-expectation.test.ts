import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadExpectations, parseExpectFile } from '../../../src/commands/serve/expect-file.ts'
import { parseExpectation } from '../../../src/commands/serve/parse-expectation.ts'
import { every } from '../../server/store/support.ts'
import { tempDir } from '../../support/temp.ts'

const HOUR = 3_600_000

describe('an expectation', () => {
  test.each([
    ['nightly-backup=every 25h', 'nightly-backup', 25 * HOUR],
    ['  a=every\t\t90  ', 'a', 90_000],
    ['a=b=every 1d', 'a=b', 24 * HOUR],
    ['a=every=every 1500ms', 'a=every', 1500],
    ['=every 1s=every 2s', undefined, 0],
    ['größe/#1=every 1m', 'größe/#1', 60_000],
  ])('%j', (text, monitorKey, everyMs) => {
    const parsed = parseExpectation(text)
    if (monitorKey === undefined) expect(parsed.ok).toBe(false)
    else expect(parsed).toEqual({ ok: true, expectation: { monitorKey, rule: every(everyMs) } })
  })

  test.each([
    ['a=every 25h in production', 'production'],
    ['a=every 25h  in\tEU west ', 'EU west'],
    ['a=every 25h in in', 'in'],
  ])('%j is for one environment', (text, env) => {
    expect(parseExpectation(text)).toEqual({
      ok: true,
      expectation: { monitorKey: 'a', rule: every(25 * HOUR), env },
    })
  })

  test.each([
    ['', 'expected a monitor'],
    ['a=every 25h in', 'expected a monitor'],
    ['a=every 25hin production', 'expected a monitor'],
    ['a=every in production', 'expected a monitor'],
    ['nightly', 'expected a monitor'],
    ['nightly=25h', 'expected a monitor'],
    ['nightly=every', 'expected a monitor'],
    ['nightly=every 25h please', 'expected a monitor'],
    ['nightly=every 25 h', 'expected a monitor'],
    ['nightly=everyday', 'expected a monitor'],
    ['=every 25h', 'the monitor key is empty'],
    ['two words=every 25h', 'the monitor key contains white space'],
    [`${'x'.repeat(129)}=every 25h`, 'the monitor key has more than 128 characters'],
    ['a=every 25 hours', 'expected a monitor'],
    ['a=every -1h', 'expected a duration'],
    ['a=every 0', 'more than 0'],
    ['a=every 1001d', 'at most 1000d'],
  ])('%j is wrong: %s', (text, problem) => {
    expect(parseExpectation(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })
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
      problem: expect.stringMatching(/^line 4: expected a duration/),
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
      problem: expect.stringContaining(`--expect-file ${path}, line 1: expected`),
    })
    expect(loadExpectations([], `${path}.no`)).toEqual({
      ok: false,
      problem: `--expect-file ${path}.no does not exist`,
    })
  })
})
