/** Options of the runtime's `fetch` that name the trusted authorities. For Node.js: tls-trust.ts. */

/** The variables that name authorities which the runtime trusts from its start. */
export const VARIABLES_AT_START: readonly string[] = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

export interface TlsTrust {
  readonly ca: readonly string[]
}

/** Trusts the built-in authorities and these, in PEM. */
export function trustIn(authorities: readonly string[]): TlsTrust {
  return { ca: [...process.getBuiltinModule('node:tls').rootCertificates, ...authorities] }
}
