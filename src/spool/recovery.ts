/** Finds runs whose wrapper was killed, and puts what it could not send into the queue. */

import { join } from 'node:path'
import { ageMs, bootTime } from '../system/boot-clock.ts'
import { roughDuration } from '../system/duration.ts'
import { errorCode } from '../system/errors.ts'
import { readdir, stat, unlink } from '../system/file-calls.ts'
import { acquireLock } from '../system/lock.ts'
import { isAlive, isSamePlace } from '../system/process-id.ts'
import { setAside } from './change-event.ts'
import { putEvents } from './put-events.ts'
import {
  parseRunRecordName,
  type RunRecord,
  type RunRecordName,
  readRunRecord,
  removeRunRecord,
} from './run-record.ts'
import { folderOf, type Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'

export interface RecoveredRuns {
  /** How many runs were found whose wrapper was killed. */
  readonly runs: number
  /** Records that cannot be read, now set aside. */
  readonly damaged: readonly string[]
}

/** @throws the system's error where the spool cannot be read or written to */
export async function recoverKilledRuns(spool: Spool): Promise<RecoveredRuns> {
  const files = await filesOfRuns(spool)
  await removeLoneEnds(spool, files)
  const candidates = files
    .map(parseRunRecordName)
    .filter(name => name !== undefined)
    .filter(({ wrapper }) => !isAlive(wrapper))
  if (candidates.length === 0) return { runs: 0, damaged: [] }
  const acquired = acquireLock(join(spool.folder, 'runs', 'recovery.lock'), 'recovery', spool.place)
  // Another process is at it, and nothing is to be done twice.
  if (acquired.kind === 'busy') return { runs: 0, damaged: [] }
  const damaged: string[] = []
  let runs = 0
  try {
    for (const name of candidates) {
      const read = await readRunRecord(spool, name)
      if (read.kind === 'damaged') {
        await setAside(spool, 'runs', name.file)
        damaged.push(name.file)
      }
      if (read.kind !== 'record') continue
      const events = missingEvents(spool, name, read.record, read.end)
      if (events === undefined) continue
      await exchange(spool, name, events)
      runs += 1
    }
  } finally {
    acquired.lock.release()
  }
  return { runs, damaged }
}

async function filesOfRuns(spool: Spool): Promise<string[]> {
  try {
    return await readdir(folderOf(spool, 'runs'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** Events for the record that they come from. On a full disk, the record's own place has to do for them. */
async function exchange(spool: Spool, name: RunRecordName, events: readonly SpooledEvent[]): Promise<void> {
  let put = 0
  const onPut = (index: number): void => {
    put = index + 1
  }
  try {
    await putEvents(spool, 'queue', events, { onPut })
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error
    await removeRunRecord(spool, name)
    await putEvents(spool, 'queue', events.slice(put))
  }
  await removeRunRecord(spool, name)
}

/** What is still to be sent of a run; undefined where it may be under way. */
function missingEvents(
  spool: Spool,
  name: RunRecordName,
  record: RunRecord,
  end: SpooledEvent | undefined,
): readonly SpooledEvent[] | undefined {
  const cause = causeOfDeath(spool, record, end !== undefined)
  if (cause === undefined) return undefined
  const { key, address, run, startedAt, up } = record
  const now = bootTime(spool)
  const { monitorKey, series, host, env } = run
  const failed: SpooledEvent = {
    key,
    address,
    occurredAt: spool.wallClock(),
    ...(now && { up: now }),
    tries: 0,
    event: {
      monitorKey,
      state: 'fail',
      metrics: [],
      ...(series !== undefined && { series }),
      ...(host !== undefined && { host }),
      ...(env !== undefined && { env }),
      message: {
        output: '',
        earlierBytes: 0,
        reason: `wrapper died before the job's end was seen (${cause})`,
      },
    },
  }
  const began: SpooledEvent[] = name.isSent
    ? []
    : [{ key, address, occurredAt: startedAt, ...(up && { up }), event: run, tries: 0 }]
  return [...began, end ?? failed]
}

/**
 * Why a wrapper did not see the end; undefined where it, or its job, may be alive. Process numbers can be judged on the
 * same machine and in the same namespace alone; from elsewhere, a record that is older than the spool keeps anything.
 * Where the end was noted, the job is over, and the wrapper alone counts.
 */
function causeOfDeath(spool: Spool, record: RunRecord, isEndKnown: boolean): string | undefined {
  const { place, wrapper, job, startedAt, up } = record
  const here = spool.place
  if (isSamePlace(place, here)) {
    const jobLives = !isEndKnown && job !== undefined && isAlive(job)
    return isAlive(wrapper) || jobLives ? undefined : 'killed'
  }
  if (place.machine === here.machine && place.namespace === here.namespace) return 'host rebooted'
  return ageMs(spool, startedAt, up) > spool.maxAgeMs
    ? `not heard of for ${roughDuration(spool.maxAgeMs)}`
    : undefined
}

/** Left where a wrapper was killed just after its record had gone. */
async function removeLoneEnds(spool: Spool, files: readonly string[]): Promise<void> {
  const folder = folderOf(spool, 'runs')
  const all = new Set(files)
  for (const file of files) {
    const stem = /^(\d.*)\.end$/.exec(file)?.[1]
    if (stem === undefined || all.has(`${stem}.run`) || all.has(`${stem}.sent`)) continue
    const { mtimeMs } = await stat(join(folder, file)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (spool.wallClock() - mtimeMs > LONE_END_MS) await unlink(join(folder, file)).catch(() => {})
  }
}

/** In milliseconds. An end is written after its record is there, and removed after it: this is for the moment between. */
const LONE_END_MS = 60_000
