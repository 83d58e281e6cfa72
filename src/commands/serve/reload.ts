/** SIGHUP: what `cronitor serve` reads again. */

import type { ReplaceableKeyRing } from '../../server/access/key-ring.ts'
import type { KeyRedactor } from '../../server/ingest/redact-keys.ts'
import type { RunningServer } from '../../server/server.ts'
import { loadCertificate } from './read-certificate.ts'
import type { ServeOptions } from './serve-options.ts'
import { readServerKeys } from './server-keys.ts'
import type { Service } from './service.ts'

export interface ReloadContext {
  readonly options: ServeOptions
  readonly server: RunningServer
  readonly keys: ReplaceableKeyRing | undefined
  readonly redactor: KeyRedactor
  readonly services: readonly Service[]
  readonly euid: number
  readonly warn: (message: string) => void
}

/** One function for each file. If a file is wrong, it prints a warning and keeps what was read before. */
export function reloadsOf(context: ReloadContext): (() => void | Promise<void>)[] {
  const { options, server, keys, redactor, services, euid, warn } = context
  const { apiKeyFile, tlsCert, tlsKey } = options
  const reloads = services.flatMap(({ reload }) => reload ?? [])
  if (apiKeyFile !== undefined) {
    reloads.push(() => {
      const file = readServerKeys(apiKeyFile, euid)
      if (file.ok) {
        keys?.replace(file.keys)
        redactor.replace(file.keys)
      } else warn(`${file.problem}; the previous keys stay in force`)
    })
  }
  if (tlsCert !== undefined && tlsKey !== undefined) {
    reloads.push(() => {
      const loaded = loadCertificate(tlsCert, tlsKey)
      if (loaded.ok) server.setCertificate(loaded.certificate)
      else warn(`${loaded.problem}; the previous certificate stays in use`)
    })
  }
  return reloads
}
