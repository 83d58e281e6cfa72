/** Starts the relay by the options of `cronitor serve`. */

import { join } from 'node:path'
import {
  DEFAULT_DELIVER_WITHIN_MS,
  DEFAULT_SPOOL_MAX_AGE_MS,
  DEFAULT_SPOOL_MAX_BYTES,
} from '../../settings/defaults.ts'
import { readKeyFile } from '../../settings/key-file.ts'
import type { Environment } from '../../settings/sources.ts'
import { parseSwitch } from '../../settings/values.ts'
import { type KeyFingerprint, keyFingerprint } from '../../spool/delivery-scope.ts'
import { listEvents } from '../../spool/list-events.ts'
import { openSpool } from '../../spool/open.ts'
import { openSpoolSender } from '../../spool/sender.ts'
import type { Spool } from '../../spool/spool.ts'
import { monotonicMs } from '../../system/clock.ts'
import { sleep } from '../../system/sleep.ts'
import { redact } from '../../telemetry/redact.ts'
import { type Duties, soleDuties } from '../store/duties.ts'
import { isStoreProblem } from '../store/store-problem.ts'
import { COPIED_CURSOR, initCursor, type RelayStore } from './copy-stored.ts'
import { type ForwardMark, openForwardMark } from './forward-mark.ts'
import { ERROR_PAUSE_MS } from './loop-intervals.ts'
import { type Relay, startRelay } from './relay.ts'
import { createRelayNotices, describeRelayError, type RelayNotices } from './relay-notices.ts'

export interface RelayOptions {
  /** The addresses of the other API, at least one; undefined: there is no relay. */
  readonly forwardTo?: readonly string[]
  readonly forwardKeyFile?: string
}

export interface RelayContext {
  readonly store: RelayStore
  /** The folder of the database, absolute. The spool is `forward` in it. */
  readonly dataDir: string
  /** Gets a line for people, without its end. */
  readonly notify: (line: string) => void
  /** For CRONITOR_NO_STAMP. */
  readonly env: Environment
  /** Default: this server has no others beside it. */
  readonly duties?: Duties
}

export type OpenedRelay =
  | { readonly kind: 'open'; readonly relay: Relay }
  /** `--forward-to` was not given. */
  | { readonly kind: 'off' }
  /** One line for people; nothing was started. `mayPass`: the store is the cause, and the same may succeed later. */
  | { readonly kind: 'failed'; readonly problem: string; readonly mayPass: boolean }

/** Call it before the server listens, and close the relay before the store. */
export async function openRelay(
  { forwardTo = [], forwardKeyFile }: RelayOptions,
  { store, dataDir, notify, env, duties = soleDuties }: RelayContext,
): Promise<OpenedRelay> {
  const [baseUrl, ...others] = forwardTo
  if (baseUrl === undefined || forwardKeyFile === undefined) return { kind: 'off' }
  const read = readKeyFile(forwardKeyFile, process.geteuid?.() ?? 0)
  if (!read.ok) return failed(`no key for --forward-to: --forward-key-file: ${read.problem}`)
  const secrets = [read.key]
  const key = keyFingerprint(read.key)
  const folder = join(dataDir, 'forward')
  const choice = await openRelaySpool(folder)
  if (choice.kind !== 'open')
    return failed(`events cannot be sent on: ${choice.kind === 'off' ? '' : choice.problem}`)
  const { spool } = choice
  const host = forwardTo.map(url => new URL(url).host).join(' or ')
  const notices = createRelayNotices({
    notify: line => notify(redact(line, secrets)),
    now: monotonicMs,
    host,
    folder,
    maxAgeMs: spool.maxAgeMs,
  })
  try {
    const { hasSkipped } = await initCursor(store)
    if (hasSkipped) notices.startsWithNextEvent()
    await noteOtherKeys(spool, key, notices)
  } catch (error) {
    return failed(`events cannot be sent on: ${describeRelayError(error)}`, isStoreProblem(error))
  }
  const stamp = !isOn(env.CRONITOR_NO_STAMP)
  const openSender = () =>
    openSpoolSender(
      spool,
      // Only the relay uses this spool: all events in it go to --forward-to.
      { key, address: 'configured' },
      { keyFile: forwardKeyFile, secrets, stamp, deliverWithinMs: DEFAULT_DELIVER_WITHIN_MS },
      { baseUrl, others, access: { kind: 'key', apiKey: read.key }, method: 'GET' },
      readKeyFile,
    )
  let grace: number | undefined
  const duty = duties.run('forward', async ({ stop, lost, over, isLost }) => {
    let mark: ForwardMark | undefined
    try {
      if (duties.areShared) mark = await openForwardMark(store, spool, await store.cursor(COPIED_CURSOR))
    } catch (error) {
      notices.once(`events cannot be sent on yet: ${describeRelayError(error)}`)
      return sleep(ERROR_PAUSE_MS, AbortSignal.any([stop, lost]))
    }
    const relay = startRelay({
      store,
      spool,
      key,
      secrets,
      stamp,
      notices,
      sender: openSender(),
      ...(mark && { mark }),
      isLost,
    })
    await over
    await relay.close(lost.aborted ? 0 : grace)
  })
  const close = (graceMs?: number) => {
    grace = graceMs
    return duty.close()
  }
  return { kind: 'open', relay: { close } }
}

function openRelaySpool(folder: string): ReturnType<typeof openSpool> {
  return openSpool({
    spool: true,
    spoolDir: folder,
    isSpoolDirChosen: false,
    spoolMaxAgeMs: DEFAULT_SPOOL_MAX_AGE_MS,
    spoolMaxBytes: DEFAULT_SPOOL_MAX_BYTES,
  })
}

function failed(problem: string, mayPass = false): OpenedRelay {
  return { kind: 'failed', problem, mayPass }
}

/** The key in the file may have been replaced since these events were copied. */
async function noteOtherKeys(spool: Spool, key: KeyFingerprint, notices: RelayNotices): Promise<void> {
  let others = 0
  for await (const name of listEvents(spool, 'queue')) if (name.key !== key) others += 1
  if (others > 0)
    notices.once(
      `${others} of the events in ${spool.folder} wait for another key than that of --forward-key-file`,
    )
}

function isOn(value: string | undefined): boolean {
  const parsed = parseSwitch(value?.trim() ?? '')
  return parsed.ok && parsed.on
}
