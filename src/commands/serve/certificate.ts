/** Reads `--tls-cert` and `--tls-key` of `cronitor serve`, and sees that they fit together. */

import { createSecureContext } from 'node:tls'
import type { Certificate } from '../../server/http/certificate.ts'
import { shownErrorCode } from '../../system/errors.ts'
import { readRegularFile } from '../../system/regular-file.ts'
import { readableByAll } from './server-keys.ts'

export type LoadedCertificate =
  | { readonly ok: true; readonly certificate: Certificate; readonly warning: string | undefined }
  /** One line, of what is wrong and with which of the two files. */
  | { readonly ok: false; readonly problem: string }

const MOST_BYTES = 1024 * 1024

export function loadCertificate(certFile: string, keyFile: string): LoadedCertificate {
  const cert = readRegularFile(certFile, MOST_BYTES)
  if (!cert.ok) return { ok: false, problem: `--tls-cert: ${certFile} ${cert.problem}` }
  const key = readRegularFile(keyFile, MOST_BYTES)
  if (!key.ok) return { ok: false, problem: `--tls-key: ${keyFile} ${key.problem}` }

  const certificate: Certificate = { cert: Buffer.from(cert.text), key: Buffer.from(key.text) }
  const alone = fault({ cert: certificate.cert })
  if (alone !== undefined)
    return { ok: false, problem: `--tls-cert: ${certFile} is no certificate in PEM (${alone})` }
  const keyAlone = fault({ key: certificate.key })
  if (keyAlone !== undefined) {
    return {
      ok: false,
      problem: `--tls-key: ${keyFile} is no private key in PEM without a passphrase (${keyAlone})`,
    }
  }
  const together = fault(certificate)
  if (together !== undefined) {
    return { ok: false, problem: `--tls-key: ${keyFile} is not the key of ${certFile} (${together})` }
  }
  return { ok: true, certificate, warning: readableByAll(keyFile, '--tls-key') }
}

/** The code of what OpenSSL says to them; undefined where nothing is wrong. */
function fault(options: Partial<Certificate>): string | undefined {
  try {
    createSecureContext(options)
    return undefined
  } catch (error) {
    return shownErrorCode(error)
  }
}
