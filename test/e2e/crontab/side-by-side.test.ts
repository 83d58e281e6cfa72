/**
 * The jobs of the corpus under Debian's cron, as they are and wrapped: they do the same. CI takes one job of each form;
 * `TEST_CRON=all` takes all, and generated commands.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JobLine } from '../../../src/crontab/crontab-file.ts'
import { baseName } from '../../support/crontab-corpus.ts'
import { harmlessCommand } from '../../support/generated-crontabs.ts'
import { KEY } from '../../support/key.ts'
import { type Done, type Performed, perform, whyNoJobs } from '../../support/simulated-cron-jobs.ts'
import { type Pair, pairUp, type WrappedFile } from '../../support/simulated-cron-pairs.ts'
import { type CorpusCopy, copyCorpus, copyCrontabs } from '../../support/wrapped-corpus.ts'
import { apiForTest } from '../../support/wrapper.ts'

const why = whyNoJobs()
const isAll = process.env.TEST_CRON === 'all'

/** Another one generates other commands. */
const SEED = Number(process.env.TEST_SEED ?? 17)

/** Commands that differ in their words alone have the same form. */
function formOf({ command, user, variables }: JobLine): string {
  return JSON.stringify([command.replace(/[\w./~:-]+/g, 'word'), user !== undefined, variables])
}

/** Those that cron takes, as the built command wraps them. */
async function wrapped(copy: CorpusCopy): Promise<WrappedFile[]> {
  const results = await copy.apply('wrap')
  expect(results.filter(({ status }) => status !== 0)).toEqual([])
  return copy.files
    .filter(file => !file.isRefused)
    .map(file => {
      const { hasUserColumn } = file.form
      return { tab: { name: baseName(file), hasUserColumn, text: file.text }, wrapped: copy.textOf(file) }
    })
}

/** Generated commands print `$$` in brackets. */
const PROCESS_ID = /^\[\d{3,}\]$/

const NOT_FOUND = /^(?:\/bin\/sh: 1: (.*): not found|cronitor-exec: command not found: (.*))$/

/** The same for a job and its wrapped form, if they do the same. */
function comparable({ user, calls, mail, status }: Done) {
  const sorted = calls.map(({ environment, ...call }) =>
    JSON.stringify({ ...call, environment: environment.filter(entry => !/^CRONITOR_/.test(entry)) }),
  )
  // stdout and stderr are relayed separately. A command of one word is run without a shell, which would say what is not found,
  // and that a signal has ended it.
  const lines = mail
    ?.split('\n')
    .filter(line => line !== 'Terminated' && !line.startsWith('CRONITOR_'))
    .map(line => line.replace(NOT_FOUND, '$1$2 is not found').replace(PROCESS_ID, '[an ID]'))
  return { user, status, calls: sorted.toSorted(), mail: lines?.toSorted() }
}

/** What the jobs with this command did: several lines may have the same. */
function whatWasDone(performed: Performed, commands: readonly string[]) {
  const done = commands.flatMap(command => performed.jobs.get(command) ?? [])
  // cron does not wait for what runs in the background: its output may come too late for the mail.
  const isBackground = commands.some(command => /&'?$/.test(command))
  return done
    .map(comparable)
    .map(one => (isBackground ? { ...one, mail: [] } : one))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** What jobs have written, in whatever order. */
function filesOf({ files }: Performed) {
  const written = [...files].filter(([path]) => !path.startsWith('/var/spool/'))
  return Object.fromEntries(written.map(([path, text]) => [path, text.split('\n').toSorted()]))
}

/** The key in a wrapped command. */
function keyOf({ wrapped }: Pair): string | undefined {
  return /^\s*exec \S+\/cronitor-exec ([\w-]+) /.exec(wrapped)?.[1]
}

/** Runs them as they are and wrapped, and compares what they do. Returns the number of jobs. */
async function compare(files: readonly WrappedFile[], takes: (job: JobLine) => boolean): Promise<number> {
  const api = await apiForTest()
  const { bare, wrapped, pairs, minutes } = pairUp(files, takes)
  const texts = files.map(({ tab }) => tab.text)
  const settings = {
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_API_KEY: KEY,
    CRONITOR_NO_COURIER: '1',
    // Some users have no home to write in: each run would say so.
    CRONITOR_NO_SPOOL: '1',
    CRONITOR_DELIVER_WITHIN: '30s',
  }
  const before = await perform(bare, texts, settings, minutes)
  const after = await perform(wrapped, texts, settings, minutes)

  const commands = [...new Set(pairs.map(pair => pair.bare))]
  const wrappedOf = (command: string) => pairs.filter(pair => pair.bare === command).map(pair => pair.wrapped)
  const done = (performed: Performed, of: (command: string) => readonly string[]) =>
    Object.fromEntries(commands.map(command => [command, whatWasDone(performed, of(command))]))
  const expected = done(before, command => [command])
  expect(done(after, wrappedOf)).toEqual(expected)
  expect(filesOf(after)).toEqual(filesOf(before))
  expect(commands.filter(command => expected[command]?.length === 0)).toEqual([])

  const keys = pairs.flatMap(pair => keyOf(pair) ?? [])
  const eventsOf = (key: string) =>
    api.events(key).map(({ state, params }) => `${state} ${params.get('status_code') ?? ''}`.trim())
  const end = (status = -1) => `${status === 0 ? 'complete' : 'fail'} ${status}`
  expect(Object.fromEntries(keys.map(key => [key, eventsOf(key)]))).toEqual(
    Object.fromEntries(
      pairs.flatMap(pair => {
        const key = keyOf(pair)
        return key === undefined ? [] : [[key, ['run', end(after.jobs.get(pair.wrapped)?.[0]?.status)]]]
      }),
    ),
  )
  return pairs.length
}

test.skipIf(why !== undefined)(
  `a wrapped job does the same under Debian's cron: calls, stdin, environment, mail and status${why ? ` (skipped: ${why})` : ''}`,
  { timeout: 600_000 },
  async () => {
    const forms = new Set<string>()
    const isNewForm = (job: JobLine) => forms.size < forms.add(formOf(job)).size
    const jobs = await compare(await wrapped(copyCorpus('debian')), isAll ? () => true : isNewForm)
    expect(jobs).toBeGreaterThan(isAll ? 230 : 100)
  },
)

test.skipIf(why !== undefined).each(isAll ? [600] : [])(
  '%d wrapped jobs with generated commands do the same',
  { timeout: 900_000 },
  async count => {
    const commands = fc.sample(harmlessCommand(), { numRuns: count, seed: SEED })
    const tabs = ['sh', 'bash'].map((shell, half) => {
      const lines = commands.filter((_, index) => index % 2 === half).map(command => `* * * * * ${command}\n`)
      const form = { dialect: 'debian', hasUserColumn: false } as const
      return { name: shell, form, isRefused: false, text: `SHELL=/bin/${shell}\n${lines.join('')}` }
    })
    expect(await compare(await wrapped(copyCrontabs(tabs, 'debian')), () => true)).toBe(count)
  },
)
