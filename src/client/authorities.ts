/**
 * Which certificate authorities are trusted: those of Node.js (with NODE_EXTRA_CA_CERTS), and for a host whose chain does not
 * verify with them the system's as well, since each may hold a part of one chain. To read these takes 40 ms and more, so that it is done without need for nobody.
 *
 * `tls.getCACertificates('system')` came with Node.js 22.15, and knows the keychains of macOS; on Linux the files are read.
 */

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import type { SecureContext } from 'node:tls'
import { errorCode } from '../system/errors.ts'
import type { ClientEnvironment } from './proxy.ts'

/** Options of `tls.connect`. Said outright, since NODE_TLS_REJECT_UNAUTHORIZED decides where nothing is said. */
export interface TlsOptions {
  readonly rejectUnauthorized: true
  readonly secureContext?: SecureContext
}

/** What came of the search for other authorities; `problem` stands behind the reason why a certificate was refused. */
export type OtherAuthorities =
  | { readonly kind: 'found' }
  | { readonly kind: 'none'; readonly problem?: string }

const hostsOfTheSystems = new Set<string>()
let theSystems: SecureContext | undefined

export function tlsOptionsFor(host: string): TlsOptions {
  return theSystems !== undefined && hostsOfTheSystems.has(host)
    ? { rejectUnauthorized: true, secureContext: theSystems }
    : { rejectUnauthorized: true }
}

/** Trusts the system's authorities for `host` from now on, or Node.js's again where it did so before. */
export function trustSystemFor(host: string, env: ClientEnvironment): OtherAuthorities {
  if (hostsOfTheSystems.delete(host)) return { kind: 'found' }
  if (theSystems === undefined) {
    const { certificates, problem } = systemCertificates(env)
    if (certificates.length === 0) return problem === undefined ? { kind: 'none' } : { kind: 'none', problem }
    try {
      const { createSecureContext, rootCertificates } = process.getBuiltinModule('node:tls')
      theSystems = createSecureContext({ ca: [...rootCertificates, ...extra(env), ...certificates] })
    } catch {
      return { kind: 'none', problem: 'a certificate of the system’s is damaged' }
    }
  }
  hostsOfTheSystems.add(host)
  return { kind: 'found' }
}

/** Options of a secure context take the place of what Node.js has read at its start. */
function extra({ NODE_EXTRA_CA_CERTS: file }: ClientEnvironment): readonly string[] {
  return file ? certificatesIn(file).certificates : []
}

/** Has the chain not verified (X509_verify_cert_error_string(3))? A name that is not the certificate's is another matter. */
export function isChainProblem(code: string): boolean {
  return CHAIN_PROBLEMS.has(code)
}

const CHAIN_PROBLEMS: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

interface Found {
  readonly certificates: string[]
  /** Why there are none, if the user has named the place. */
  readonly problem?: string
}

/** Debian, Arch and Gentoo; Fedora and RHEL; openSUSE and SLES; Alpine, BSD and macOS. */
const BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** A bundle of 144 certificates has 220 kB. */
const MAX_BYTES = 16 * 1024 * 1024
/** Certificates in a folder. Each is there twice: under its name, and as a link under its hash. */
const MAX_FILES = 4096

/** SSL_CERT_FILE and SSL_CERT_DIR (folders, separated by colons) as OpenSSL has them, else where the distribution keeps them. */
export function systemCertificates(
  env: ClientEnvironment,
  bundles = BUNDLES,
  platform = process.platform,
): Found {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders } = env
  if (file || folders) return namedCertificates(file, folders)
  if (platform === 'darwin') {
    const tls = process.getBuiltinModule('node:tls')
    if ('getCACertificates' in tls && typeof tls.getCACertificates === 'function')
      return { certificates: tls.getCACertificates('system') }
  }
  for (const path of bundles) {
    const read = certificatesIn(path)
    if (read.certificates.length > 0) return { certificates: read.certificates }
  }
  return { certificates: [] }
}

function namedCertificates(file: string | undefined, folders: string | undefined): Found {
  const problems: string[] = []
  const certificates = new Set<string>()
  const take = (name: string, { certificates: some, problem }: Found): void => {
    for (const certificate of some) certificates.add(certificate)
    if (problem !== undefined) problems.push(`${name} ${problem}`)
  }
  if (file) take('SSL_CERT_FILE', certificatesIn(file))
  for (const folder of (folders ?? '').split(':')) {
    if (folder !== '') take('SSL_CERT_DIR', certificatesUnder(folder))
  }
  const [problem] = problems
  return { certificates: [...certificates], ...(problem !== undefined && { problem }) }
}

function certificatesUnder(folder: string): Found {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    return { certificates: [], problem: `${folder}: ${words(error)}` }
  }
  const certificates = new Set<string>()
  for (const name of names.slice(0, MAX_FILES)) {
    for (const certificate of certificatesIn(`${folder}/${name}`).certificates) certificates.add(certificate)
  }
  if (certificates.size === 0) return { certificates: [], problem: `${folder}: holds no certificate` }
  return { certificates: [...certificates] }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** One by one, so that a damaged one does not hide those behind it. */
function certificatesIn(path: string): Found {
  let fd: number | undefined
  try {
    // Never waits for the writer of a FIFO (open(2)).
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stats = fstatSync(fd)
    if (!stats.isFile()) return { certificates: [], problem: `${path}: is not a regular file` }
    if (stats.size > MAX_BYTES) {
      return { certificates: [], problem: `${path}: is larger than ${MAX_BYTES} bytes` }
    }
    const bytes = Buffer.allocUnsafe(stats.size)
    const certificates =
      bytes.toString('latin1', 0, readSync(fd, bytes, 0, stats.size, 0)).match(CERTIFICATE) ?? []
    const usable = certificates.filter(isCertificate)
    if (usable.length === 0) return { certificates: [], problem: `${path}: holds no certificate` }
    return { certificates: usable }
  } catch (error) {
    return { certificates: [], problem: `${path}: ${words(error)}` }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** OpenSSL gives up at the first that is not: DER begins with a sequence whose length is told in two bytes. */
function isCertificate(pem: string): boolean {
  const der = Buffer.from(pem.slice(pem.indexOf('\n') + 1, pem.lastIndexOf('-----END')), 'base64')
  return der.length > 4 && der[0] === 0x30 && der[1] === 0x82 && der.readUInt16BE(2) + 4 === der.length
}

function words(error: unknown): string {
  const code = errorCode(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read'
    default:
      return code === undefined ? 'cannot be read' : `cannot be read (${code})`
  }
}
