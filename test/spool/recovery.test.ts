import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { oldestEvents } from '../../src/spool/list-events.ts'
import { readEvent } from '../../src/spool/read-event.ts'
import { recoverKilledRuns } from '../../src/spool/recovery.ts'
import { createRunRecord } from '../../src/spool/run-record.ts'
import type { Spool } from '../../src/spool/spool.ts'
import { hasProc } from '../support/process-state.ts'
import { filesIn, KEY_PRINT, NOW, spooledOf, spoolForTest } from './support.ts'

const STARTED = NOW - 60_000
/** No process has this start; `gone` is one that was there. */
const GONE = { pid: process.pid, start: '1' }

/** What a wrapper leaves behind that writes its record and is killed; the record may be edited. */
async function leaveRecord(
  spool: Spool,
  options: {
    readonly sent?: boolean
    readonly end?: boolean
    readonly edit?: (record: Record<string, unknown>) => Record<string, unknown>
    readonly isWrapperAlive?: boolean
  } = {},
): Promise<void> {
  const run = spooledOf('run', {}, { host: 'h', env: 'e' }).event
  const record = await createRunRecord(spool, run, { key: KEY_PRINT, startedAt: STARTED, jobPid: undefined })
  if (options.sent) await record.noteRunSent()
  if (options.end)
    await record.noteEnd(spooledOf('complete', { occurredAt: STARTED + 5000 }, { statusCode: 0, host: 'h' }))
  const folder = join(spool.folder, 'runs')
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.end')) continue
    const json = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const dead = options.isWrapperAlive ? json : { ...json, wrapper: GONE }
    writeFileSync(join(folder, file), JSON.stringify(options.edit?.(dead) ?? dead))
  }
  if (options.isWrapperAlive) return
  for (const file of readdirSync(folder))
    renameSync(join(folder, file), join(folder, file.replace(/^\d+-\d*-/, `${GONE.pid}-${GONE.start}-`)))
}

async function queueOf(spool: Spool): Promise<{ state: string; at: number; reason: string | undefined }[]> {
  const all: { state: string; at: number; reason: string | undefined }[] = []
  for (const name of await oldestEvents(spool, 'queue', () => true, 100)) {
    const read = await readEvent(spool, 'queue', name)
    if (read?.kind !== 'event') throw new Error(`${name.file} is ${read?.kind}`)
    const { event, occurredAt } = read.spooled
    all.push({ state: event.state, at: occurredAt, reason: event.message?.reason })
  }
  return all
}

const KILLED = "wrapper died before the job's end was seen (killed)"

describe.skipIf(!hasProc)('the record of a run', () => {
  test('whose wrapper was killed becomes run and fail', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool)
    expect(await recoverKilledRuns(spool)).toEqual({ runs: 1, damaged: [] })
    expect(await queueOf(spool)).toEqual([
      { state: 'run', at: STARTED, reason: undefined },
      { state: 'fail', at: NOW, reason: KILLED },
    ])
    expect(filesIn(spool, 'runs')).toEqual([])
    expect(await recoverKilledRuns(spool)).toEqual({ runs: 0, damaged: [] })
  })

  test('gives its events the address that was set', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool, { edit: record => ({ ...record, address: 'configured' }) })
    await recoverKilledRuns(spool)
    const names = await oldestEvents(spool, 'queue', () => true, 10)
    expect(names.map(({ address }) => address)).toEqual(['configured', 'configured'])
  })

  test('whose run was delivered becomes fail only', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool, { sent: true })
    await recoverKilledRuns(spool)
    expect(await queueOf(spool)).toEqual([{ state: 'fail', at: NOW, reason: KILLED }])
  })

  test('is removed completely, even while it is being renamed', async () => {
    const spool = spoolForTest()
    const { event } = spooledOf('run')
    for (let count = 0; count < 50; count++) {
      const record = await createRunRecord(spool, event, {
        key: KEY_PRINT,
        startedAt: STARTED,
        jobPid: undefined,
      })
      await record.noteEnd(spooledOf('complete'))
      await Promise.allSettled([record.noteRunSent(), record.remove()])
    }
    expect(filesIn(spool, 'runs')).toEqual([])
  })

  test('with an end becomes that end, even if another process has the job’s ID now', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool, { sent: true, end: true, edit: record => ({ ...record, job: record.wrapper }) })
    await recoverKilledRuns(spool)
    expect(await queueOf(spool)).toEqual([{ state: 'complete', at: STARTED + 5000, reason: undefined }])
    expect(filesIn(spool, 'runs')).toEqual([])
  })

  test('is left alone while its wrapper or its job is alive', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool, { isWrapperAlive: true })
    expect(await recoverKilledRuns(spool)).toEqual({ runs: 0, damaged: [] })
    expect(filesIn(spool, 'runs')).toHaveLength(1)

    const other = spoolForTest()
    const self = { pid: process.pid, start: startOfThis() }
    await leaveRecord(other, { edit: record => ({ ...record, job: self }) })
    expect(await recoverKilledRuns(other)).toEqual({ runs: 0, damaged: [] })
    expect(filesIn(other, 'runs')).toHaveLength(1)
  })

  test('from before a boot becomes fail, whichever processes have the IDs now', async () => {
    const spool = spoolForTest()
    const self = { pid: process.pid, start: startOfThis() }
    await leaveRecord(spool, {
      sent: true,
      edit: record => ({ ...record, job: self, place: { ...spool.place, boot: 'before' } }),
    })
    await recoverKilledRuns(spool)
    expect(await queueOf(spool)).toEqual([
      { state: 'fail', at: NOW, reason: "wrapper died before the job's end was seen (host rebooted)" },
    ])
  })

  test.each([{ machine: 'another' }, { namespace: 'pid:[1]' }])(
    'of elsewhere (%j) is judged by its age alone',
    async more => {
      let now = NOW
      const spool = spoolForTest({ wallClock: () => now })
      await leaveRecord(spool, { edit: record => ({ ...record, place: { ...spool.place, ...more } }) })
      expect(await recoverKilledRuns(spool)).toEqual({ runs: 0, damaged: [] })
      now = STARTED + spool.maxAgeMs + 1
      expect(await recoverKilledRuns(spool)).toEqual({ runs: 1, damaged: [] })
      expect((await queueOf(spool)).at(-1)?.reason).toBe(
        "wrapper died before the job's end was seen (not heard of for 7d)",
      )
    },
  )

  test('that is damaged is moved away, and the other records are recovered', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool)
    writeFileSync(join(spool.folder, 'runs', `${GONE.pid}-${GONE.start}-aaaaaaaaaaaa.run`), '{"version":1')
    const { runs, damaged } = await recoverKilledRuns(spool)
    expect({ runs, damaged: damaged.length }).toEqual({ runs: 1, damaged: 1 })
    expect(filesIn(spool, 'damaged')).toHaveLength(1)
  })

  test('of a newer version is left alone', async () => {
    const spool = spoolForTest()
    await leaveRecord(spool, { edit: record => ({ ...record, version: 2 }) })
    expect(await recoverKilledRuns(spool)).toEqual({ runs: 0, damaged: [] })
    expect(filesIn(spool, 'runs')).toHaveLength(1)
  })

  test('is gone once its wrapper has removed it', async () => {
    const spool = spoolForTest()
    const { event } = spooledOf('run')
    const record = await createRunRecord(spool, event, {
      key: KEY_PRINT,
      startedAt: NOW,
      jobPid: process.pid,
    })
    await record.noteRunSent()
    await record.noteEnd(spooledOf('complete'))
    expect(filesIn(spool, 'runs')).toHaveLength(2)
    await record.remove()
    expect(filesIn(spool, 'runs')).toEqual([])
  })
})

function startOfThis(): string {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
