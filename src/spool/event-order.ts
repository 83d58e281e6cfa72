/** The number that events are sorted by in the spool. */

import { join } from 'node:path'
import { type BootTime, bootTime, isThisBoot } from '../system/boot-clock.ts'
import { readlink, rename, symlink } from '../system/file-calls.ts'
import { uniqueWord } from '../system/process-id.ts'
import { listEvents } from './list-events.ts'
import type { Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'

/**
 * Returns a function that gives an event's number: when it happened, in milliseconds since 1970. For events of this boot it is
 * computed from the clock of the boot, so that the order stays right if the wall clock is set. The wall-clock time of the boot is
 * written to a file once; it is chosen so that the new events sort behind all events in the spool.
 */
export async function createEventOrder(
  spool: Spool,
  events: readonly SpooledEvent[],
): Promise<(spooled: SpooledEvent) => number> {
  const now = bootTime(spool)
  const wall = ({ occurredAt }: SpooledEvent) => Math.round(occurredAt)
  if (now === undefined || !events.some(({ up }) => isThisBoot(spool, up))) return wall
  const bootedAt = (await readBootedAt(spool, now.boot)) ?? (await writeBootedAt(spool, now))
  return spooled =>
    isThisBoot(spool, spooled.up) ? bootedAt + Math.round(spooled.up?.ms ?? 0) : wall(spooled)
}

/** A symbolic link whose target is the text: it can be made on a full disk. */
function bootedAtFile(spool: Spool): string {
  return join(spool.folder, 'booted-at')
}

async function readBootedAt(spool: Spool, boot: string): Promise<number | undefined> {
  try {
    const [ofBoot, at = ''] = (await readlink(bootedAtFile(spool))).split(' ')
    return ofBoot === boot && /^\d{1,14}$/.test(at) ? Number(at) : undefined
  } catch {
    return undefined
  }
}

/** If the file cannot be written, the next process tries again. */
async function writeBootedAt(spool: Spool, now: BootTime): Promise<number> {
  let latest = -1
  for (const folder of ['queue', 'rejected'] as const)
    for await (const { order } of listEvents(spool, folder)) latest = Math.max(latest, order)
  const at = Math.max(0, Math.round(Math.max(spool.wallClock(), latest + 1) - now.ms))
  const temporary = `${bootedAtFile(spool)}.${uniqueWord()}`
  await symlink(`${now.boot} ${at}`, temporary)
    .then(() => rename(temporary, bootedAtFile(spool)))
    .catch(() => {})
  return at
}
