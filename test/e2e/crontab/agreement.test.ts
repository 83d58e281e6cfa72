/**
 * Debian's own cron with a simulated clock, beside the times at which the server expects a job to start. CI takes two years
 * for what does not run each day, and the days of some clock changes for all; `TEST_CRON=all` takes two years for all.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCrontab } from '../../../src/crontab/parse-crontab.ts'
import { dueAt, graceOf } from '../../../src/server/monitors/deadline.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { parseSchedule } from '../../../src/system/schedule.ts'
import { clockChanges } from '../../support/clock-changes.ts'
import { baseName, debianCorpus } from '../../support/crontab-corpus.ts'
import { generatedCrontab } from '../../support/generated-crontabs.ts'
import { isExecutable } from '../../support/run.ts'
import { type Series, simulate, type Tab, whyNoSimulatedCron } from '../../support/simulated-cron.ts'

const why = isExecutable ? 'it runs none of our programs' : whyNoSimulatedCron()
const isAll = process.env.TEST_CRON === 'all'

/** Another one generates other crontabs. */
const SEED = Number(process.env.TEST_SEED ?? 17)

const HOUR = 3600
const DAY = 24 * HOUR
const FROM = Date.UTC(2027, 0, 1) / 1000
const UNTIL = Date.UTC(2029, 0, 1) / 1000

/** Their clocks change at 02:00, at 00:00 and by half an hour. */
const ZONES = ['Europe/Berlin', 'America/New_York', 'Atlantic/Azores', 'Australia/Lord_Howe']

/** Several times an hour. */
const OFTEN = /^(?!\d+ )/

/** One time of day on some days, or a name. */
const NOT_DAILY = /^(?:\d+ \d+ (?!\* \* \*$)|@(?:weekly|monthly|annually|yearly))/

/**
 * For jobs whose time was skipped, cron starts those of one minute after the other, and sleeps ten seconds between them: up to
 * ten minutes for an hour.
 */
const CATCHING_UP = 600 + 60

const schedules = [
  ...new Set(
    debianCorpus
      .filter(file => !file.isRefused)
      .flatMap(({ text, form }) => parseCrontab(text, form).lines)
      .flatMap(line => (line.kind === 'job' ? line.schedule.replace(/[ \t]+/g, ' ') : []))
      .filter(schedule => schedule !== '@reboot'),
  ),
]

/** Each schedule is a job whose command is the schedule's number. */
function tabOf(all: readonly string[]): Tab {
  const lines = all.map(schedule => `${schedule} root ${schedules.indexOf(schedule)}\n`)
  return { name: 'schedules', hasUserColumn: true, text: lines.join('') }
}

function* startsOf(series: readonly Series[]): Generator<number> {
  for (const { first, step, count } of series) {
    for (let index = 0; index < count; index += 1) yield first + index * step
  }
}

interface Span {
  readonly zone: string
  readonly from: number
  readonly until: number
}

/** The next time that the server expects, if the last start was at `start`. In seconds since 1970. */
function expectation(schedule: string, { zone, from, until }: Span): (start: number | null) => number {
  const never = Number.POSITIVE_INFINITY
  // A search for what the server shows takes several times as long as one for the next time.
  if (until - from > 90 * DAY && OFTEN.test(schedule)) {
    const parsed = parseSchedule(schedule, zone)
    if (!parsed.ok) throw new Error(parsed.problem)
    return start => (parsed.schedule.nextAfter((start ?? from) * 1000) ?? never) / 1000
  }
  const rule: Rule = { schedule: { kind: 'cron', expression: schedule, zone } }
  const times = { rule, expectSince: from * 1000, lastSuccessAt: null }
  return start => {
    const due = dueAt({ ...times, lastStartAt: start === null ? null : start * 1000 })
    return due === undefined ? never : (due - graceOf(rule)) / 1000
  }
}

/** What cron does and the server does not expect, or the other way round. */
function differences(schedule: string, starts: Iterable<number>, span: Span): string[] {
  const { zone, from, until } = span
  const skips = clockChanges(zone, from, until).filter(({ bySeconds }) => bySeconds > 0)
  const found: string[] = []
  const report = (what: string, at: number) =>
    found.push(`${schedule} in ${zone}: ${what} at ${new Date(at * 1000).toISOString()}`)
  const expectedAfter = expectation(schedule, span)
  let expected = expectedAfter(null)
  let last = Number.NEGATIVE_INFINITY
  for (const start of starts) {
    const skip = skips.find(({ at }) => at <= start && start < at + CATCHING_UP)?.at
    // Once for each time that was skipped; the server expects one start.
    const isRepeated = skip !== undefined && last >= skip && Math.floor(start / 60) * 60 !== expected
    if (!isRepeated) {
      const latest = expected === skip ? expected + CATCHING_UP : expected + 60
      if (start < expected) report('started unexpectedly', start)
      else if (start >= latest) report('was expected and did not start', expected)
      expected = expectedAfter(start)
    }
    last = start
    if (found.length > 3) return found
  }
  if (expected < until - CATCHING_UP) report('was expected and did not start', expected)
  return found
}

async function compare(all: readonly string[], span: Span): Promise<string[]> {
  const { runs, log } = await simulate([tabOf(all)], span.zone, span.from, span.until)
  expect(log.filter(line => /ERROR|Error/.test(line))).toEqual([])
  return all.flatMap(schedule => {
    const [series = []] = runs.get(String(schedules.indexOf(schedule))) ?? []
    return differences(schedule, startsOf(series), span)
  })
}

/** From three hours before a change to a day after it. */
function spansOfChanges(zone: string): Span[] {
  // Later changes do not differ in what they can show.
  const changes = clockChanges(zone, FROM, UNTIL).slice(0, zone === 'Europe/Berlin' ? 4 : 2)
  return changes.map(({ at }) => ({ zone, from: at - 3 * HOUR, until: at + 26 * HOUR }))
}

/** The names of the crontabs that cron ignores. */
function refusedIn(log: readonly string[]): string[] {
  return log.flatMap(line => /\((?:\*system\*)?([\w-]+)\) ERROR \(.*will be ignored\)/.exec(line)?.[1] ?? [])
}

describe.skipIf(why !== undefined)(`Debian's cron${why ? ` (skipped: ${why})` : ''}`, () => {
  test('takes and refuses the crontabs of the corpus', async () => {
    const tabs = debianCorpus.map(file => {
      return { name: baseName(file), hasUserColumn: file.form.hasUserColumn, text: file.text }
    })
    const { log } = await simulate(tabs, 'UTC', FROM, FROM + DAY)
    expect(refusedIn(log).toSorted()).toEqual(
      debianCorpus
        .filter(file => file.isRefused)
        .map(baseName)
        .toSorted(),
    )
  })

  test('refuses the generated crontabs that have a line which the parser calls broken', async () => {
    const tabs = [true, false].flatMap(hasUserColumn => {
      const form = { dialect: 'debian', hasUserColumn } as const
      const crontabs = fc.sample(generatedCrontab(form), { numRuns: isAll ? 2000 : 200, seed: SEED })
      return crontabs.map(({ text }, index) => ({ name: `t${hasUserColumn}-${index}`, hasUserColumn, text }))
    })
    const { log } = await simulate(tabs, 'UTC', FROM, FROM + 120)
    const refused = new Set(refusedIn(log))
    const expected = tabs.filter(({ text, hasUserColumn }) =>
      parseCrontab(text, { dialect: 'debian', hasUserColumn }).lines.some(line => line.kind === 'broken'),
    )
    expect(expected.length).toBeGreaterThan(20)
    expect(tabs.filter(({ name }) => refused.has(name))).toEqual(expected)
  })

  test.each(isAll ? [] : ZONES)(
    'starts all jobs when the server expects them, when the clocks of %s change',
    { timeout: 180_000 },
    async zone => {
      for (const span of spansOfChanges(zone)) expect(await compare(schedules, span)).toEqual([])
    },
  )

  test.skipIf(isAll)(
    'starts what does not run each day when the server expects it, for two years',
    { timeout: 180_000 },
    async () => {
      const some = schedules.filter(schedule => NOT_DAILY.test(schedule))
      expect(some.length).toBeGreaterThan(40)
      expect(await compare(some, { zone: 'Europe/Berlin', from: FROM, until: UNTIL })).toEqual([])
    },
  )

  test.each(isAll ? ZONES : [])(
    'starts all jobs when the server expects them, for two years in %s',
    { timeout: 3_600_000 },
    async zone => {
      expect(await compare(schedules, { zone, from: FROM, until: UNTIL })).toEqual([])
    },
  )
})
