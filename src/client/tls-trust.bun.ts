/** Options of the runtime's `fetch` that name the trusted authorities. For Node.js: tls-trust.ts. */

export interface TlsTrust {
  readonly ca: readonly string[]
}

/** Trusts the built-in authorities and these, in PEM. */
export function trustIn(authorities: readonly string[]): TlsTrust {
  return { ca: [...process.getBuiltinModule('node:tls').rootCertificates, ...authorities] }
}
