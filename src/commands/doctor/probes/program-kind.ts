/** Tells whose program a file is, without running it: it can be anybody's. */

import { closeSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isObject } from '../../../system/json-object.ts'

/** `ours`: this program, but of another installation. `official`: the vendor's client. */
export type ProgramKind = 'this' | 'ours' | 'official' | 'other'

export interface KnownProgram {
  readonly kind: ProgramKind
  /** Only known for an npm package. */
  readonly version?: string
}

/** The first lines of the launchers in bin/ and of scripts/executable-launcher.sh. */
const OUR_LAUNCHER = /^#!\/bin\/sh\n# cronitor(?:-exec)?: /

/** A Go program contains the path of its main module (runtime/debug, BuildInfo). */
const OFFICIAL_MODULE = 'github.com/cronitorio/cronitor-cli'

/** @param ownFolder the folder of this installation's launchers, without links */
export function programKind(path: string, ownFolder: string): KnownProgram {
  try {
    const real = realpathSync(path)
    const folder = dirname(real)
    if (folder === ownFolder && /^cronitor(?:-exec)?$/.test(basename(real))) return { kind: 'this' }
    const start = startOf(real)
    if (start.startsWith('#!')) {
      return OUR_LAUNCHER.test(start) ? { kind: 'ours', ...versionOf(folder) } : { kind: 'other' }
    }
    // Beside the executable stands its launcher.
    if (basename(real) === 'cronitor' && isLauncher(join(folder, 'cronitor-exec'))) return { kind: 'ours' }
    return { kind: contains(real, OFFICIAL_MODULE) ? 'official' : 'other' }
  } catch {
    // This user may not read it.
    return { kind: 'other' }
  }
}

function startOf(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(256)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

function isLauncher(path: string): boolean {
  try {
    return OUR_LAUNCHER.test(startOf(path))
  } catch {
    return false
  }
}

function versionOf(bin: string): { readonly version?: string } {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(bin, '../package.json'), 'utf8'))
    return isObject(manifest) && typeof manifest.version === 'string' ? { version: manifest.version } : {}
  } catch {
    return {}
  }
}

const CHUNK_BYTES = 1024 * 1024
/** The official client has 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024

function contains(path: string, text: string): boolean {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(CHUNK_BYTES)
    const step = CHUNK_BYTES - text.length
    for (let at = 0; at < MAX_BYTES; at += step) {
      const length = readSync(descriptor, bytes, 0, CHUNK_BYTES, at)
      if (length === 0) return false
      if (bytes.subarray(0, length).includes(text)) return true
    }
    return false
  } finally {
    closeSync(descriptor)
  }
}
