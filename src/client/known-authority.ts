/**
 * Remembers which of Node.js's certificate authorities issued the certificate of a host. Node.js parses all its authorities,
 * which takes a tenth of the processor time of a run, unless bin/launch.sh has set the flag below.
 */

import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { TlsTrust } from './tls-trust.ts'

/** With this flag, Node.js trusts its own authorities only where they are named. */
const mustBeNamed = process.execArgv.includes('--use-openssl-ca')

/** The authorities in PEM, by host. */
const known = new Map<string, string>()
/** Authorities that did not verify the host's chain. */
const failed = new Set<string>()
let isChanged = false

/** The most hosts that are remembered. */
const MAX_HOSTS = 8

/** @param note what `newAuthorityNote` returned in an earlier run; a damaged one is ignored */
export function useAuthorityNote(note: string): void {
  try {
    for (const [host, pem] of Object.entries(JSON.parse(note)))
      if (typeof pem === 'string') known.set(host, pem)
  } catch {
    // The next successful connection replaces it.
  }
}

/** What the next run should know; undefined if nothing has changed. */
export function newAuthorityNote(): string | undefined {
  return isChanged ? JSON.stringify(Object.fromEntries([...known].slice(-MAX_HOSTS))) : undefined
}

/**
 * Options for a connection to `host` that trusts Node.js's own authorities. Empty without the flag: that is Node.js's default,
 * to which NODE_EXTRA_CA_CERTS belongs too.
 */
export function builtInTrust(host: string): Partial<TlsTrust> {
  if (!mustBeNamed) return {}
  const { createSecureContext, rootCertificates } = process.getBuiltinModule('node:tls')
  // Whatever the note says, only these are trusted. A newer Node.js may have dropped one.
  const pem = rootCertificates.find(each => each === known.get(host))
  if (pem === undefined) known.delete(host)
  const ca = pem === undefined ? [...rootCertificates] : [pem]
  return { secureContext: withoutSystemFile(() => createSecureContext({ ca })) }
}

/**
 * With the flag, Node.js's first context reads the system's file of authorities, although it does not use it. That file can
 * be large, or a FIFO without a writer. OpenSSL takes its name from this variable.
 */
function withoutSystemFile<Result>(act: () => Result): Result {
  const { SSL_CERT_FILE: file } = process.env
  process.env.SSL_CERT_FILE = '/dev/null'
  try {
    return act()
  } finally {
    if (file === undefined) delete process.env.SSL_CERT_FILE
    else process.env.SSL_CERT_FILE = file
  }
}

/** After a failed verification: true if the next connection to `host` trusts more authorities than the last one. */
export function forgetAuthority(host: string): boolean {
  const pem = known.get(host)
  if (!mustBeNamed || pem === undefined) return false
  failed.add(pem)
  isChanged = known.delete(host)
  return true
}

/** Remembers the authority that issued a certificate of the verified chain. */
export function noteAuthority(host: string, socket: TLSSocket): void {
  if (!mustBeNamed || known.has(host)) return
  const { X509Certificate: Certificate } = process.getBuiltinModule('node:crypto')
  const roots = process
    .getBuiltinModule('node:tls')
    .rootCertificates.filter(pem => !failed.has(pem))
    .map(pem => ({ pem, certificate: new Certificate(pem) }))
  let link: X509Certificate | undefined = socket.getPeerX509Certificate()
  for (; link !== undefined; link = link.issuerCertificate) {
    const issued = link
    const root = roots.find(({ certificate }) => isIssuedBy(issued, certificate))
    if (root === undefined) continue
    known.set(host, root.pem)
    isChanged = true
    return
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}
