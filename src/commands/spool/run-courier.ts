/** `cronitor spool courier`: runs the courier, see src/spool/courier/courier.ts. */

import { readFileSync } from 'node:fs'
import { deliveryScopeOf, destinationOf } from '../../report/destination.ts'
import { openEventLog } from '../../report/event-log.ts'
import { readKeyFile } from '../../settings/key-file.ts'
import type { Settings } from '../../settings/settings.ts'
import { closeInheritedDescriptors } from '../../spool/courier/close-inherited-descriptors.ts'
import { COURIER_LIFETIME_MS, deliverAsCourier } from '../../spool/courier/courier.ts'
import { openSpool } from '../../spool/open.ts'
import { openSpoolSender } from '../../spool/sender.ts'

/** @param input the descriptor from which the settings are read, as JSON */
export async function runCourier(input = 0): Promise<void> {
  closeInheritedDescriptors()
  const settings = settingsFrom(readFileSync(input, 'utf8'))
  const choice = settings && (await openSpool(settings))
  const target = settings && destinationOf(settings)
  if (settings === undefined || choice?.kind !== 'open' || target?.kind !== 'open') return
  const over = new AbortController()
  const leave = () => over.abort()
  // `cronitor spool flush` sends SIGTERM.
  process.on('SIGTERM', leave).on('SIGINT', leave)
  setTimeout(leave, COURIER_LIFETIME_MS).unref()
  const log = openEventLog(settings)
  const delivery = openSpoolSender(
    choice.spool,
    deliveryScopeOf(settings),
    settings,
    target.destination,
    readKeyFile,
  )
  try {
    await deliverAsCourier({ ...delivery.tools, report: what => log.writeLate(what) }, over.signal)
  } finally {
    delivery.close()
  }
}

/** Undefined if the settings are not those of this version: the program was upgraded after the wrapper had started. */
function settingsFrom(text: string): Settings | undefined {
  try {
    const settings: unknown = JSON.parse(text)
    return isSettings(settings) ? settings : undefined
  } catch {
    return undefined
  }
}

function isSettings(json: unknown): json is Settings {
  return (
    typeof json === 'object' &&
    json !== null &&
    'url' in json &&
    typeof json.url === 'object' &&
    'secrets' in json &&
    'spoolDir' in json &&
    'method' in json
  )
}
