/**
 * Reads the certificate authorities of the system.
 *
 * On Linux they are read from the system's files. On macOS `tls.getCACertificates('system')` reads the keychains
 * (Node.js 22.15 and later).
 */

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { describeReadError } from '../system/errors.ts'
import type { ClientEnvironment } from './proxy.ts'

interface Found {
  readonly certificates: string[]
  /** Why there are none. Only set if the user named the file or folder. */
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
/**
 * The most files that are read in a folder. It has each certificate twice: under its name, and as a link under its
 * hash.
 */
const MAX_FILES = 4096

/** Reads SSL_CERT_FILE and SSL_CERT_DIR (folders, separated by colons) as OpenSSL does, else the distribution's bundle. */
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
    return { certificates: [], problem: `${folder}: ${describeReadError(error)}` }
  }
  const certificates = new Set<string>()
  for (const name of names.slice(0, MAX_FILES)) {
    for (const certificate of certificatesIn(`${folder}/${name}`).certificates) certificates.add(certificate)
  }
  if (certificates.size === 0) return { certificates: [], problem: `${folder}: holds no certificate` }
  return { certificates: [...certificates] }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The certificates in a file, without damaged ones. */
export function certificatesIn(path: string): Found {
  let fd: number | undefined
  try {
    // O_NONBLOCK: opening a FIFO does not wait for its writer (open(2)).
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
    return { certificates: [], problem: `${path}: ${describeReadError(error)}` }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** OpenSSL stops at the first damaged certificate. DER starts with a sequence and its length in two bytes. */
function isCertificate(pem: string): boolean {
  const der = Buffer.from(pem.slice(pem.indexOf('\n') + 1, pem.lastIndexOf('-----END')), 'base64')
  return der.length > 4 && der[0] === 0x30 && der[1] === 0x82 && der.readUInt16BE(2) + 4 === der.length
}
