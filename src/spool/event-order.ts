/** The order of events in a spool. */

import { join } from 'node:path'
import { type BootTime, bootTime, isThisBoot } from '../system/boot-clock.ts'
import { readlink, rename, symlink } from '../system/file-calls.ts'
import { uniqueWord } from '../system/process-id.ts'
import { listEvents } from './list-events.ts'
import type { Spool } from './spool.ts'
import type { SpooledEvent } from './spooled-event.ts'
/**
 * Orders by when events happened. What happened in this boot goes by the clock of the boot, so that the order stays right
 * when the wall clock is set: that clock is said once in a boot, in a file, what time it has, and is then ahead of all that is
 * there.
 */
export async function createEventOrder(
  spool: Spool,
  events: readonly SpooledEvent[],
): Promise<(spooled: SpooledEvent) => number> {
  const now = bootTime(spool)
  const wall = ({ occurredAt }: SpooledEvent) => Math.round(occurredAt)
  if (now === undefined || !events.some(({ up }) => isThisBoot(spool, up))) return wall
  const bootedAt = (await readBootedAt(spool, now.boot)) ?? (await noteBootedAt(spool, now))
  return spooled =>
    isThisBoot(spool, spooled.up) ? bootedAt + Math.round(spooled.up?.ms ?? 0) : wall(spooled)
}

/** A symbolic link, as a lock is: for its target there is room on a full disk as well. */
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

/** If it cannot be noted, the next one looks again. */
async function noteBootedAt(spool: Spool, now: BootTime): Promise<number> {
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
