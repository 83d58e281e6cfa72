/** Finds runs whose wrapper was killed, and puts the events that it did not send into the queue. */

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
  /** The number of runs whose wrapper was killed. */
  readonly runs: number
  /** Records that could not be parsed, and were moved to the folder `damaged`. */
  readonly damaged: readonly string[]
}

/** @throws the system's error if the spool cannot be read or written */
export async function recoverKilledRuns(spool: Spool): Promise<RecoveredRuns> {
  const files = await filesOfRuns(spool)
  await removeLoneEnds(spool, files)
  const candidates = files
    .map(parseRunRecordName)
    .filter(name => name !== undefined)
    .filter(({ wrapper }) => !isAlive(wrapper))
  if (candidates.length === 0) return { runs: 0, damaged: [] }
  const acquired = acquireLock(join(spool.folder, 'runs', 'recovery.lock'), 'recovery', spool.place)
  // Another process recovers the same runs.
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
      await replaceRecord(spool, name, events)
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

/** Puts the events of a run, and removes its record. On a full disk the record is removed first, to make room. */
async function replaceRecord(
  spool: Spool,
  name: RunRecordName,
  events: readonly SpooledEvent[],
): Promise<void> {
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

/** The events of a run that were not sent; undefined if the run may still be under way. */
function missingEvents(
  spool: Spool,
  name: RunRecordName,
  record: RunRecord,
  end: SpooledEvent | undefined,
): readonly SpooledEvent[] | undefined {
  const cause = causeOfKill(spool, record, end !== undefined)
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
 * Why a wrapper did not report the end of its job. Undefined if the wrapper may be alive, or if the job may be (unless
 * the record has its end). Process IDs are only valid on the same machine and in the same PID namespace; from
 * elsewhere, a wrapper counts as killed once its record is older than `maxAgeMs`.
 */
function causeOfKill(spool: Spool, record: RunRecord, isEndKnown: boolean): string | undefined {
  const { place, wrapper, job, startedAt, up } = record
  const here = spool.place
  if (isSamePlace(place, here)) {
    const isJobAlive = !isEndKnown && job !== undefined && isAlive(job)
    return isAlive(wrapper) || isJobAlive ? undefined : 'killed'
  }
  if (place.machine === here.machine && place.namespace === here.namespace) return 'host rebooted'
  return ageMs(spool, startedAt, up) > spool.maxAgeMs
    ? `not heard of for ${roughDuration(spool.maxAgeMs)}`
    : undefined
}

/** Removes the files of ends whose record is gone: the wrapper was killed after it had removed the record. */
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

/** How old such a file must be, in milliseconds. A living wrapper removes it right after the record. */
const LONE_END_MS = 60_000
