/** Reads `--tls-cert` and `--tls-key` of `cronitor serve`, and checks that they belong together. */

import { createSecureContext } from 'node:tls'
import type { Certificate } from '../../server/http/certificate.ts'
import { shownErrorCode } from '../../system/errors.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { readableByAll } from './server-keys.ts'

export type LoadedCertificate =
  | { readonly ok: true; readonly certificate: Certificate; readonly warning: string | undefined }
  /** One line that names the file. */
  | { readonly ok: false; readonly problem: string }

const MOST_BYTES = 1024 * 1024

export function loadCertificate(certFile: string, keyFile: string): LoadedCertificate {
  const cert = readRegularFile(certFile, MOST_BYTES)
  if (!cert.ok) return { ok: false, problem: `--tls-cert: ${certFile} ${cert.problem}` }
  const key = readRegularFile(keyFile, MOST_BYTES)
  if (!key.ok) return { ok: false, problem: `--tls-key: ${keyFile} ${key.problem}` }

  const certificate: Certificate = { cert: Buffer.from(cert.text), key: Buffer.from(key.text) }
  const certFault = fault({ cert: certificate.cert })
  if (certFault !== undefined)
    return { ok: false, problem: `--tls-cert: ${certFile} is not a certificate in PEM (${certFault})` }
  const keyFault = fault({ key: certificate.key })
  if (keyFault !== undefined) {
    return {
      ok: false,
      problem: `--tls-key: ${keyFile} is not a private key in PEM without a passphrase (${keyFault})`,
    }
  }
  const pairFault = fault(certificate)
  if (pairFault !== undefined) {
    return { ok: false, problem: `--tls-key: ${keyFile} does not belong to ${certFile} (${pairFault})` }
  }
  return { ok: true, certificate, warning: readableByAll(keyFile, '--tls-key') }
}

/** The code of OpenSSL's error; undefined if there is none. */
function fault(options: Partial<Certificate>): string | undefined {
  try {
    createSecureContext(options)
    return undefined
  } catch (error) {
    return shownErrorCode(error)
  }
}
