/** A clock that jumps while events wait, and a key that is changed meanwhile: all that waits is delivered. */

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths, run } from '../../support/run.ts'
import { MEMORY, tempDir } from '../../support/temp.ts'
import { apiForTest, cronitor, exec, linesOf, reportingTo, statesOf } from '../../support/wrapper.ts'

type Environment = Readonly<Record<string, string | undefined>>

const OTHER_KEY = 'Wn5Qr-2kTz7Yb4Hd9Xm1Cs'

const noFaketime = ((): string | undefined => {
  try {
    execFileSync('faketime', ['-f', '@2016-01-01 00:00:00', 'true'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no faketime'
  }
})()

/** The monotonic clock stays what it is, as that of the machine does when the wall clock is set. */
async function wrapAt(time: string, env: Environment, words: readonly string[]): Promise<string[]> {
  const argv = ['faketime', '--exclude-monotonic', '-f', time, paths.node, paths.bin.execJs, ...words]
  const result = await run(argv, { env })
  expect(result.status).toBe(0)
  return linesOf(result.stderr)
}

/** A wrapper leaves once `Retry-After` goes beyond its time, and has the rest of that for its spool. */
async function downWith(spool: string): Promise<Environment> {
  const api = await apiForTest({ respond: () => ({ status: 503, headers: { 'retry-after': '4' } }) })
  return reportingTo(api, { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '3900ms' })
}

function keptIn(spool: string): { readonly occurredAt: number; readonly tries: number }[] {
  const folder = join(spool, 'queue')
  return readdirSync(folder)
    .sort()
    .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

describe.skipIf(noFaketime)(`with a clock that is set${noFaketime ? `: ${noFaketime}` : ''}`, () => {
  test('a run of 2016 is delivered once the time is right, with its own delay', async () => {
    const spool = join(tempDir('clock', MEMORY), 'spool')
    const down = await downWith(spool)
    await wrapAt('@2016-01-01 00:00:00', down, ['job', 'true'])
    // So the clock was what it was said to be.
    for (const { occurredAt, tries } of keptIn(spool)) {
      expect(new Date(occurredAt).getUTCFullYear()).toBeLessThan(2017)
      expect(tries).toBeLessThan(20)
    }
    expect(keptIn(spool)).toHaveLength(2)
    const warnings = linesOf((await exec(['other', 'true'], down)).stderr)
    expect(warnings.filter(line => line.includes('dropped'))).toEqual([])
    const api = await apiForTest()
    const flushed = await cronitor(['spool', 'flush'], { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool })
    expect(String(flushed.stdout)).toBe('4 delivered, 0 left\n')
    expect(statesOf(api.events('job'))).toEqual(['run', 'complete'])
    for (const { params } of api.events('job')) {
      expect(Math.abs(Number(params.get('stamp')) - Date.now() / 1000)).toBeLessThan(120)
      expect(params.get('message') ?? '').toMatch(/^(\[delayed (\d+m)?\d+s\])?$/)
    }
  })

  test('one run thirty days ahead drops nothing, nor does one that is years behind', async () => {
    const spool = join(tempDir('clock', MEMORY), 'spool')
    const down = await downWith(spool)
    await exec(['--series', 'one', 'job', 'true'], down)
    for (const time of ['+30d', '@2016-01-01 00:00:00'])
      expect((await wrapAt(time, down, ['later', 'true'])).join()).not.toContain('dropped')
    await exec(['--series', 'one', 'job', 'true'], down)
    expect(keptIn(spool)).toHaveLength(8)
    const api = await apiForTest()
    const flushed = await cronitor(['spool', 'flush'], { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool })
    expect(String(flushed.stdout)).toBe('8 delivered, 0 left\n')
    expect(statesOf(api.events('job'))).toEqual(['run', 'complete', 'run', 'complete'])
  })
})

test('what waited for another key is sent with the one that is set now, once that is asked for', async () => {
  const spool = join(tempDir('key', MEMORY), 'spool')
  const down = await downWith(spool)
  await exec(['job', 'true'], down)
  const api = await apiForTest()
  const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_API_KEY: OTHER_KEY }
  const listed = await cronitor(['spool', 'list'], env)
  expect(String(listed.stdout)).toMatch(/; waits for the key [0-9a-f]{12}\n/)
  expect(String(listed.stderr)).toMatch(
    /^cronitor: 2 of these wait for another key .*: cronitor spool retry --rekey sends them with this one\n$/,
  )
  expect(String((await cronitor(['spool', 'retry'], env)).stdout)).toBe('Nothing was refused.\n')
  const rekeyed = await cronitor(['spool', 'retry', '--rekey'], env)
  expect(rekeyed).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
  expect(String(rekeyed.stdout)).toMatch(
    /^2 events were made ready to be sent with the key that is set now\./,
  )
  expect(String((await cronitor(['spool', 'flush'], env)).stdout)).toBe('2 delivered, 0 left\n')
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
  expect(new Set(api.events().map(({ apiKey }) => apiKey))).toEqual(new Set([OTHER_KEY]))
  expect(String((await cronitor(['spool', 'retry', '--rekey'], env)).stdout)).toBe('Nothing was refused.\n')
})
