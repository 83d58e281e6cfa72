/** Reads who may use the server: the address to listen on, the API keys and the certificate. */

import { createKeyRing, type ReplaceableKeyRing } from '../../server/access/key-ring.ts'
import type { Certificate } from '../../server/http/certificate.ts'
import { createNetworkList, type NetworkList } from '../../server/http/network-list.ts'
import { createKeyRedactor, type KeyRedactor } from '../../server/ingest/redact-keys.ts'
import { DEFAULT_LISTEN } from '../../settings/defaults.ts'
import { resolveListen } from './listen-address.ts'
import { loadCertificate } from './read-certificate.ts'
import type { ServeOptions } from './serve-options.ts'
import { readServerKeys } from './server-keys.ts'

export type LoadedAccess =
  | {
      readonly ok: true
      /** Undefined: any key is accepted. */
      readonly keys: ReplaceableKeyRing | undefined
      readonly redactor: KeyRedactor
      /** Undefined: HTTP without TLS. */
      readonly certificate: Certificate | undefined
      readonly trustedProxies: NetworkList
      readonly relays: NetworkList
      /** The IP address, and its form in a URL. */
      readonly listen: { readonly address: string; readonly host: string }
    }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

export async function loadAccess(
  { apiKeyFile, tlsCert, tlsKey, trustProxy = [], relayAddress = [], listen = DEFAULT_LISTEN }: ServeOptions,
  euid: number,
  warn: (message: string) => void,
): Promise<LoadedAccess> {
  const resolved = await resolveListen(listen)
  if (!resolved.ok) return resolved
  let keys: ReplaceableKeyRing | undefined
  const redactor = createKeyRedactor()
  if (apiKeyFile !== undefined) {
    const file = readServerKeys(apiKeyFile, euid)
    if (!file.ok) return file
    if (file.warning !== undefined) warn(file.warning)
    keys = createKeyRing(file.keys)
    redactor.replace(file.keys)
  } else if (!resolved.isLoopback) {
    const problem = `other hosts can reach ${resolved.host}, and any API key is accepted: name the accepted keys with --api-key-file`
    return { ok: false, problem }
  }
  let certificate: Certificate | undefined
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const loaded = loadCertificate(tlsCert, tlsKey)
    if (!loaded.ok) return loaded
    if (loaded.warning !== undefined) warn(loaded.warning)
    certificate = loaded.certificate
  }
  return {
    ok: true,
    keys,
    redactor,
    certificate,
    trustedProxies: createNetworkList(trustProxy),
    relays: createNetworkList(relayAddress),
    listen: resolved,
  }
}
