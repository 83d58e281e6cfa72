/** `cronitor spool retry` and `cronitor spool drop`. */

import { loadSettings } from '../settings/load.ts'
import { faultWords } from '../spool/fault.ts'
import type { Spool } from '../spool/folders.ts'
import { eventNames, moveEvent, oldestEvents, readEvent, removeEvent } from '../spool/queue.ts'
import type { CommonFlags } from './commands.ts'
import { openSpool } from './open-spool.ts'
import { createOwnWords, type OwnWords } from './own-words.ts'
import { print } from './print.ts'
import type { SpoolDropFlags } from './spool-command.ts'

/** Puts what was refused back into the queue, as if it had never been tried. Resolves with the exit status. */
export function retryRejected(flags: CommonFlags): Promise<0 | 1> {
  return withSpool(flags, async (spool, own) => {
    let count = 0
    for (const name of await oldestEvents(spool, 'rejected', () => true, Number.MAX_SAFE_INTEGER)) {
      const read = await readEvent(spool, 'rejected', name)
      if (read?.kind === 'event') {
        const { key, occurredAt, event } = read.spooled
        await moveEvent(spool, name, 'rejected', { key, occurredAt, event, tries: 0 })
        count += 1
      } else if (read !== undefined) {
        own.warn(`${name.file} ${read.kind === 'newer' ? 'is of a newer version' : read.problem}; it stays`)
      }
    }
    print(
      count === 0
        ? 'Nothing was refused.\n'
        : `${events(count)} put back. The next run delivers them, or cronitor spool flush.\n`,
    )
  })
}

/** Drops what waits, or what was refused. Resolves with the exit status. */
export function dropEvents(flags: SpoolDropFlags): Promise<0 | 1> {
  return withSpool(flags, async spool => {
    const folder = flags.rejected ? 'rejected' : 'queue'
    const before = spool.wallClock() - (flags.olderThan ?? Number.NEGATIVE_INFINITY)
    const isOld = flags.olderThan === undefined ? () => true : (order: number) => order < before
    let count = 0
    for await (const name of eventNames(spool, folder)) {
      if (isOld(name.order) && (await removeEvent(spool, folder, name))) count += 1
    }
    print(`${events(count)} dropped.\n`)
  })
}

function events(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}

async function withSpool(
  flags: CommonFlags,
  change: (spool: Spool, own: OwnWords) => Promise<void>,
): Promise<0 | 1> {
  const own = createOwnWords('cronitor', flags)
  const { settings, warnings } = loadSettings({ flags, env: process.env })
  own.conceal(settings.secrets)
  for (const warning of warnings) own.warn(warning)
  const choice = openSpool(settings)
  let status: 0 | 1 = 0
  try {
    if (choice.kind === 'open') await change(choice.spool, own)
    else {
      own.warn(choice.kind === 'off' ? 'there is no spool, because of --no-spool' : choice.problem)
      status = 1
    }
  } catch (error) {
    own.warn(`the spool cannot be written: ${faultWords(error)}`)
    status = 1
  }
  own.tellWarnings()
  return status
}
