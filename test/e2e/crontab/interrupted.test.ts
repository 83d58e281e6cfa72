/** `cronitor crontab wrap --apply` that a signal ends: the file is the old or the new one, and nothing is lost. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, start } from '../../support/run.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { until } from '../../support/until.ts'
import { TAB, tabFile, WRAPPER, wrap } from './crontab-commands.ts'

const RUNS = 8

/** Starts wrap, and sends the signal when the difference is printed, which is just before the file is written, and a bit later. */
async function interrupt(file: string, signal: NodeJS.Signals, delayMs: number) {
  const running = start([paths.bin.cronitor, 'crontab', 'wrap', ...WRAPPER, '--apply', file])
  await until('the difference is printed', () => running.output().stdout.length > 0)
  const end = performance.now() + delayMs
  while (performance.now() < end);
  running.signal(signal)
  return await running.done
}

test('with KILL at any moment, the file is the old or the new one, and the backup is whole', async () => {
  const wrapped = tabFile()
  await wrap(['--apply', wrapped])
  const after = readFileSync(wrapped, 'utf8')
  const random = seededRandom(17)
  for (let run = 0; run < RUNS; run += 1) {
    const file = tabFile()
    await interrupt(file, 'SIGKILL', random() * 12)
    const content = readFileSync(file, 'utf8')
    expect([TAB, after]).toContain(content)
    const names = readdirSync(dirname(file))
    if (content === after) expect(names).toContain('.tab~')
    // What a killed process leaves has names that no cron reads.
    expect(names.filter(name => name !== 'tab' && !/^\..*~$/.test(name))).toEqual([])
    if (names.includes('.tab~')) expect(readFileSync(join(dirname(file), '.tab~'), 'utf8')).toBe(TAB)
  }
})

test('after a KILL, the next wrap does what is left to do', async () => {
  const file = tabFile()
  await interrupt(file, 'SIGKILL', 1)
  expect((await wrap(['--apply', file])).status).toBe(0)
  expect(readFileSync(file, 'utf8')).toContain(' backup-full ')
  expect(readFileSync(join(dirname(file), '.tab~'), 'utf8')).toBe(TAB)
})

test('with TERM, what was begun is finished, and no temporary file is left', async () => {
  const random = seededRandom(18)
  for (let run = 0; run < RUNS / 2; run += 1) {
    const file = tabFile()
    await interrupt(file, 'SIGTERM', random() * 8)
    const isWritten = readFileSync(file, 'utf8') !== TAB
    expect(readdirSync(dirname(file)).toSorted()).toEqual(isWritten ? ['.tab~', 'tab'] : ['tab'])
  }
})
