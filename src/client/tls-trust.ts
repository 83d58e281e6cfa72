/** Options of `tls.connect` that name the trusted authorities. In the executable: tls-trust.bun.ts. */

import type { SecureContext } from 'node:tls'

/** The variables that name authorities which the runtime trusts from its start. */
export const VARIABLES_AT_START: readonly string[] = ['NODE_EXTRA_CA_CERTS']

export interface TlsTrust {
  readonly secureContext: SecureContext
}

/** Trusts the built-in authorities and these, in PEM. @throws OpenSSL's error if one is damaged */
export function trustIn(authorities: readonly string[]): TlsTrust {
  const { createSecureContext, rootCertificates } = process.getBuiltinModule('node:tls')
  return { secureContext: createSecureContext({ ca: [...rootCertificates, ...authorities] }) }
}
