import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  keysOfOtherOrigins,
  mergeExpectations,
  type WantedExpectation,
} from '../../../src/commands/crontab/merge-expectations.ts'
import { parseExpectFile } from '../../../src/commands/serve/expect-file.ts'

const HERE = 'web1:/etc/crontab'
const OPTIONS = { origins: new Set([HERE]), hasGrace: false }

function wanted(monitorKey: string, expression: string, env?: string): WantedExpectation {
  const schedule = { kind: 'cron', expression, zone: 'Europe/Berlin' } as const
  const rule = { schedule, graceMs: 600_000 }
  return { expectation: { monitorKey, ...(env !== undefined && { env }), rule }, origin: HERE }
}

const LINE = `backup=cron "0 2 * * *" tz Europe/Berlin grace 10m  # crontab ${HERE}\n`

test('a new job gets a line at the end, also behind a last line without a line feed', () => {
  const { text, changes } = mergeExpectations('other=every 1h', [wanted('backup', '0 2 * * *')], OPTIONS)
  expect(text).toBe(`other=every 1h\n${LINE}`)
  expect(changes).toMatchObject([{ kind: 'missing', monitorKey: 'backup' }])
})

test('a line of the crontab is replaced in its place, and words that people added stay', () => {
  const before = `# first\n${LINE.replace('grace 10m', 'grace 1h max 2h failures 3')}last=every 1h\n`
  const { text, changes } = mergeExpectations(before, [wanted('backup', '30 2 * * *')], OPTIONS)
  expect(text).toBe(
    `# first\nbackup=cron "30 2 * * *" tz Europe/Berlin grace 1h max 2h failures 3  # crontab ${HERE}\nlast=every 1h\n`,
  )
  expect(changes).toMatchObject([{ kind: 'differs' }])
  const given = mergeExpectations(before, [wanted('backup', '0 2 * * *')], { ...OPTIONS, hasGrace: true })
  expect(given.text).toContain('grace 10m max 2h failures 3')
})

test('a line whose job is gone is removed, but not that of another crontab', () => {
  const other = LINE.replace('web1', 'web2').replace('backup', 'report')
  const { text, changes } = mergeExpectations(LINE + other, [], OPTIONS)
  expect(text).toBe(other)
  expect(changes).toMatchObject([{ kind: 'surplus', monitorKey: 'backup' }])
})

test('a monitor that is expected already keeps its line', () => {
  const { text, others } = mergeExpectations('backup=every 25h\n', [wanted('backup', '0 2 * * *')], OPTIONS)
  expect(text).toBe('backup=every 25h\n')
  expect(others).toEqual([{ monitorKey: 'backup', line: 1 }])
})

test('one monitor in two environments has two lines', () => {
  const jobs = [wanted('backup', '0 2 * * *', 'a'), wanted('backup', '0 3 * * *', 'b')]
  const { text } = mergeExpectations('', jobs, OPTIONS)
  expect(text.split('\n').map(line => line.split('=')[0])).toEqual(['backup@a', 'backup@b', ''])
  expect(mergeExpectations(text, jobs, OPTIONS).text).toBe(text)
})

test('keys of other crontabs are found', () => {
  const other = LINE.replace('web1', 'web2').replace('backup', 'report')
  expect([...keysOfOtherOrigins(`${LINE}${other}by-hand=every 1h\n`, OPTIONS.origins)]).toEqual(['report'])
})

test('whatever the file has: serve can read it, and a second merge changes nothing', () => {
  const keys = fc.constantFrom('backup', 'report', 'a@b', 'x=y')
  const expressions = fc.constantFrom('0 2 * * *', '@daily', '*/5 * * * 1-5')
  const jobs = fc.uniqueArray(fc.record({ key: keys, expression: expressions }), {
    selector: ({ key }) => key,
  })
  const lines = fc.subarray(['# note\n', 'other=every 1h\n', '\n', 'report=every 25h  # by hand\n', LINE])
  fc.assert(
    fc.property(jobs, jobs, lines, (before, after, start) => {
      const asWanted = (list: typeof before) => list.map(({ key, expression }) => wanted(key, expression))
      const first = mergeExpectations(start.join(''), asWanted(before), OPTIONS)
      const second = mergeExpectations(first.text, asWanted(after), OPTIONS)
      expect(parseExpectFile(second.text)).toMatchObject({ ok: true })
      const again = mergeExpectations(second.text, asWanted(after), OPTIONS)
      expect([again.text, again.changes]).toEqual([second.text, []])
      for (const line of start) if (line !== LINE) expect(second.text).toContain(line)
    }),
  )
})
