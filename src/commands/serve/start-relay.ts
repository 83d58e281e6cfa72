/** The relay as a service of `cronitor serve`. */

import { resolve } from 'node:path'
import { openForwarding } from '../../server/relay/relay.ts'
import { dataDirOf } from '../../settings/default-folders.ts'
import { readableByAll } from './server-keys.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startRelayService({
  options,
  io,
  store,
  warn,
}: ServiceContext): Promise<StartedService> {
  const dataDir = resolve(dataDirOf(options.dataDir, io.env, io.euid) ?? '.')
  const forwarding = await openForwarding(options, { store, dataDir, tell: warn, env: io.env })
  const { forwardKeyFile } = options
  const readable =
    forwardKeyFile === undefined ? undefined : readableByAll(forwardKeyFile, '--forward-key-file')
  switch (forwarding.kind) {
    case 'open':
      if (readable !== undefined) warn(readable)
      return { ok: true, service: { close: () => forwarding.close() } }
    case 'failed':
      return { ok: false, problem: forwarding.problem }
    default:
      return forwarding satisfies never
  }
}
