/** `cronitor crontab` on crontabs with the forms of real ones. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cronZone } from '../../../src/commands/crontab/cron-zone.ts'
import { parseExpectation } from '../../../src/commands/serve/parse-expectation.ts'
import type { CronDialect } from '../../../src/crontab/crontab-file.ts'
import { lineMonitor } from '../../../src/crontab/line-monitor.ts'
import { parseCrontab } from '../../../src/crontab/parse-crontab.ts'
import type { RuleSchedule } from '../../../src/server/monitors/rule.ts'
import { type CorpusFile, corpus } from '../../support/crontab-corpus.ts'
import { CRONTAB_FORMS, generatedCrontab } from '../../support/generated-crontabs.ts'
import { copyCorpus, copyCrontabs } from '../../support/wrapped-corpus.ts'

/** Another one generates other crontabs. */
const SEED = Number(process.env.TEST_SEED ?? 17)

function jobsIn(file: CorpusFile, text: string) {
  return parseCrontab(text, file.form).lines.flatMap(line => (line.kind === 'job' ? line : []))
}

/** The schedules in the file of `--expectations`, by monitor. */
function expectedSchedules(path: string): Map<string, RuleSchedule | undefined> {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return new Map(
    lines.map(line => {
      const parsed = parseExpectation(line.replace(/\s+#.*$/, ''))
      if (!parsed.ok) throw new Error(`${line}: ${parsed.problem}`)
      return [parsed.expectation.monitorKey, parsed.expectation.rule.schedule]
    }),
  )
}

/** What that file must have for the monitored jobs of a crontab. */
function schedulesOf(file: CorpusFile, text: string, dialect: CronDialect): [string, RuleSchedule][] {
  return jobsIn(file, text).flatMap(job => {
    const monitor = lineMonitor(job, dialect)
    if (!('key' in monitor) || monitor.key === undefined || HAS_NO_TIMES.test(job.schedule)) return []
    const zone = (dialect === 'cronie' && job.variables.CRON_TZ) || cronZone()
    // cronie chooses one of the times; the grace covers the others.
    const expression = job.schedule.replace(/(\d*)~\d*/, (_, from: string) => from || '0')
    return [[monitor.key, { kind: 'cron', expression, zone }]]
  })
}

/** Also of the 31st of months with 30 days. */
const HAS_NO_TIMES = /^(?:@reboot|0 0 31 4,6,9,11 \*)$/

test('the corpus has at least 60 crontabs, and both forms', () => {
  expect(corpus.length).toBeGreaterThan(60)
  expect(corpus.filter(({ form }) => form.hasUserColumn).length).toBeGreaterThan(40)
  expect(corpus.filter(({ form }) => !form.hasUserColumn).length).toBeGreaterThan(40)
})

test.each(['debian', 'cronie'] as const)(
  'wrap, wrap again and unwrap give back the bytes; --expectations has each schedule and zone (%s)',
  { timeout: 180_000 },
  async dialect => {
    const { files, textOf, expectations, apply } = copyCorpus(dialect)
    const statuses = async (command: 'wrap' | 'unwrap') =>
      (await apply(command)).map(({ status, stderr }) => (status === 0 ? 0 : String(stderr)))
    expect(await statuses('wrap')).toEqual([0, 0])
    const wrapped = files.map(textOf)
    const left = files.flatMap((file, index) =>
      // A refused one may have a user who does not exist.
      file.isRefused
        ? []
        : jobsIn(file, wrapped[index] ?? '').filter(job => lineMonitor(job, dialect).kind !== 'wrapped'),
    )
    // Those of the official client.
    expect(left.map(job => job.command).filter(command => !/cronitor .*exec/.test(command))).toEqual([])

    const schedules = files.flatMap((file, index) => schedulesOf(file, wrapped[index] ?? '', dialect))
    expect(schedules.length).toBeGreaterThan(dialect === 'debian' ? 200 : 9)
    // No key twice, though the crontabs are wrapped by two commands, which know of each other only by this file.
    expect(new Set(schedules.map(([key]) => key)).size).toBe(schedules.length)
    expect(Object.fromEntries(expectedSchedules(expectations))).toEqual(Object.fromEntries(schedules))

    expect(await statuses('wrap')).toEqual([0, 0])
    expect(files.map(textOf)).toEqual(wrapped)
    expect(await statuses('unwrap')).toEqual([0, 0])
    expect(files.map(textOf)).toEqual(files.map(({ text }) => text))
  },
)

/** `TEST_CRON=all` takes as many as the pure functions are tested with. */
const GENERATED = process.env.TEST_CRON === 'all' ? 5000 : 80

test.each(CRONTAB_FORMS)(
  `the bytes of generated crontabs come back as well (%j)`,
  { timeout: 600_000 },
  async form => {
    const numRuns = GENERATED / CRONTAB_FORMS.length
    const crontabs = fc.sample(generatedCrontab(form), { numRuns, seed: SEED })
    const files = crontabs.map(({ text }, index) => ({ name: `tab-${index}`, form, isRefused: false, text }))
    const { textOf, apply } = copyCrontabs(files, form.dialect)
    await apply('wrap')
    const wrapped = files.map(textOf)
    expect(wrapped.filter((text, index) => text !== files[index]?.text).length).toBeGreaterThan(numRuns / 4)
    await apply('wrap')
    expect(files.map(textOf)).toEqual(wrapped)
    await apply('unwrap')
    expect(files.map(textOf)).toEqual(crontabs.map(({ text }) => text))
  },
)
