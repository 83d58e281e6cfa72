/**
 * The trusted certificate authorities: those of the runtime and of NODE_EXTRA_CA_CERTS. If these do not verify a host's
 * chain, the system's authorities are added for that host (a chain may need both). Reading them takes 40 ms or more.
 */

import type { TLSSocket } from 'node:tls'
import type { Alternative } from './http-connection.ts'
import { builtInTrust, noteAuthority } from './known-authority.ts'
import type { ClientEnvironment } from './proxy.ts'
import { certificatesIn, systemCertificates } from './system-certificates.ts'
import { type TlsTrust, trustIn } from './tls-trust.ts'

/** Options for a connection. `rejectUnauthorized` overrides NODE_TLS_REJECT_UNAUTHORIZED. */
export type TlsOptions = { readonly rejectUnauthorized: true } & Partial<TlsTrust>

const hostsWithSystem = new Set<string>()
let systemTrust: TlsTrust | undefined

export function tlsOptionsFor(host: string): TlsOptions {
  return hostsWithSystem.has(host)
    ? { rejectUnauthorized: true, ...systemTrust }
    : { rejectUnauthorized: true, ...builtInTrust(host) }
}

/** For the next run: which authority verified the connection. Call it after a connection with `tlsOptionsFor`. */
export function noteVerified(host: string, socket: TLSSocket): void {
  if (!hostsWithSystem.has(host)) noteAuthority(host, socket)
}

/**
 * Later connections to `host` trust the system's authorities too. If they already did, they go back to those of the
 * runtime. `problem` is appended to the reason why a certificate was refused.
 */
export function trustSystemFor(host: string, env: ClientEnvironment): Alternative {
  if (hostsWithSystem.delete(host)) return { kind: 'found' }
  if (systemTrust === undefined) {
    const { certificates, problem } = systemCertificates(env)
    if (certificates.length === 0) return problem === undefined ? { kind: 'none' } : { kind: 'none', problem }
    try {
      systemTrust = trustIn([...extra(env), ...certificates])
    } catch {
      return { kind: 'none', problem: 'a certificate of the system is damaged' }
    }
  }
  hostsWithSystem.add(host)
  return { kind: 'found' }
}

/** Reads NODE_EXTRA_CA_CERTS again, because the `ca` option replaces what the runtime read at its start. */
function extra({ NODE_EXTRA_CA_CERTS: file }: ClientEnvironment): readonly string[] {
  return file ? certificatesIn(file).certificates : []
}
