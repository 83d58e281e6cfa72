/** Looks at a spool's files and at the process that delivers them, and puts events into a spool. */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { keyFingerprint } from '../../src/spool/delivery-scope.ts'
import { formatEventFile } from '../../src/spool/event-file.ts'
import { formatEventFileName, seriesIdOf } from '../../src/spool/event-file-name.ts'
import type { SpooledEvent } from '../../src/spool/spooled-event.ts'
import type { TelemetryEvent } from '../../src/telemetry/event.ts'
import { isGone, processes } from './process-state.ts'

/** The names in one of its folders; none if there is no such folder. */
export function namesIn(spool: string, folder: string): string[] {
  try {
    return readdirSync(join(spool, folder))
  } catch {
    return []
  }
}

/** How many events wait. */
export function waitingIn(spool: string): number {
  return namesIn(spool, 'queue').filter(name => name.endsWith('.json')).length
}

/** How many events wait, with those that a run which is over has left in its record, since it had no time for the queue. */
export function keptIn(spool: string): number {
  const inRecords = recordsIn(spool).map((name): number => (name.endsWith('.run') ? 2 : 1))
  return inRecords.reduce((sum, count) => sum + count, waitingIn(spool))
}

/** The records of runs under way. */
export function recordsIn(spool: string): string[] {
  return namesIn(spool, 'runs').filter(name => /^\d.*\.(run|sent)$/.test(name))
}

/** What is wrong with its files: those that end in `.json` and are no JSON, and all that was set aside. */
export function unreadableIn(spool: string): string[] {
  const broken = readdirSync(spool, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => {
      try {
        JSON.parse(readFileSync(path, 'utf8'))
        return false
      } catch (error) {
        // Delivered while this looked.
        return (error as NodeJS.ErrnoException).code !== 'ENOENT'
      }
    })
  return [...broken, ...namesIn(spool, 'damaged')]
}

/**
 * When the files in a folder were last changed is made so many milliseconds longer ago. Unfinished ones get the name of an
 * earlier boot, since the name says when in this boot they were begun.
 */
export function age(spool: string, folder: string, ms: number): void {
  const then = new Date(Date.now() - ms)
  for (const entry of readdirSync(join(spool, folder), { withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(spool, folder, entry.name)
    utimesSync(path, then, then)
    const earlier = entry.name.replace(/^\.unfinished-\d+ms-/, '.unfinished-999999999999999ms-')
    if (earlier !== entry.name) renameSync(path, join(spool, folder, earlier))
  }
}

export interface Holder {
  readonly role: string
  readonly pid: number
}

/** Who is named in a lock, whether it lives or not. */
export function holderOf(lock: string): Holder | undefined {
  try {
    const [role = '', pid] = readlinkSync(lock).split(' ')
    return { role, pid: Number(pid) }
  } catch {
    return undefined
  }
}

/** The courier that delivers a key's events, if one does. */
export function courierOf(spool: string, apiKey: string): number | undefined {
  const holder = holderOf(join(spool, 'locks', `deliver-${keyFingerprint(apiKey)}`))
  return holder?.role === 'courier' && !isGone(holder.pid) ? holder.pid : undefined
}

/** All couriers whose HOME is this one: the courier is given nothing that names its spool. */
export function couriersFrom(home: string): number[] {
  return processes((_, pid) => {
    const words = procStrings(pid, 'cmdline')
    return (
      words.includes('courier') &&
      words.includes('spool') &&
      procStrings(pid, 'environ').includes(`HOME=${home}`)
    )
  })
}

/** The words of a process's command line, or of its environment; none if it is gone. */
export function procStrings(pid: number, of: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${of}`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/**
 * Puts events into the queue as an earlier run would have left them, but without a sync each; the paths of their files,
 * in the order given. `occurredAt` is an hour ago and some milliseconds more with each.
 */
export function fillQueue(spool: string, events: readonly TelemetryEvent[], apiKey: string): string[] {
  const folder = join(spool, 'queue')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = keyFingerprint(apiKey)
  const start = Date.now() - 3_600_000
  return events.map((event, index) => {
    const spooled: SpooledEvent = { key, occurredAt: start + index, tries: 0, event }
    const text = formatEventFile(spooled)
    const path = join(
      folder,
      formatEventFileName(spooled.occurredAt, seriesIdOf(event, key), key, Buffer.byteLength(text)),
    )
    writeFileSync(path, text, { mode: 0o600 })
    return path
  })
}

/** `run` and `complete` of one series. */
export function seriesOf(monitorKey: string, series: string): TelemetryEvent[] {
  return [
    { monitorKey, series, state: 'run', metrics: [] },
    {
      monitorKey,
      series,
      state: 'complete',
      statusCode: 0,
      metrics: [{ name: 'duration', value: 1 }],
      message: { output: 'done', earlierBytes: 0 },
    },
  ]
}
