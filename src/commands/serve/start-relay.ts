/** The relay as a service of `cronitor serve`. */

import { resolve } from 'node:path'
import { openRelay } from '../../server/relay/open-relay.ts'
import { dataDirOf } from '../../settings/default-folders.ts'
import { readableByAll } from './server-keys.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startRelayService({
  options,
  io,
  store,
  duties,
  warn,
}: ServiceContext): Promise<StartedService> {
  const dataDir = resolve(dataDirOf(options.dataDir, io.env, io.euid) ?? '.')
  const opened = await openRelay(options, { store, dataDir, notify: warn, env: io.env, duties })
  switch (opened.kind) {
    case 'open': {
      const warning = readableByAll(options.forwardKeyFile ?? '', '--forward-key-file')
      if (warning !== undefined) warn(warning)
      return { ok: true, service: { close: () => opened.relay.close() } }
    }
    case 'off':
      return { ok: true, service: { close: async () => {} } }
    case 'failed':
      return { ok: false, problem: opened.problem, mayPass: opened.mayPass }
    default:
      return opened satisfies never
  }
}
