/** The time zone that cron uses: that of the host. */

import { readFileSync, readlinkSync } from 'node:fs'

export interface ZoneFiles {
  /** Where a symbolic link leads. @throws if it is none */
  readonly readlink: (path: string) => string
  /** The text of a file. @throws if it cannot be read */
  readonly read: (path: string) => string
}

const HOST_FILES: ZoneFiles = {
  readlink: path => readlinkSync(path),
  read: path => readFileSync(path, 'utf8'),
}

/**
 * An IANA name. Not that of TZ: a terminal can have another zone than cron, which is started by the system
 * (localtime(5)).
 */
export function cronZone(files: ZoneFiles = HOST_FILES): string {
  const zone = linkedZone(files) ?? namedZone(files)
  return zone !== undefined && isZone(zone) ? zone : new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function linkedZone({ readlink }: ZoneFiles): string | undefined {
  try {
    return /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readlink('/etc/localtime'))?.[1]
  } catch {
    return undefined
  }
}

/** Debian writes the name there too, and /etc/localtime can be a copy. */
function namedZone({ read }: ZoneFiles): string | undefined {
  try {
    return read('/etc/timezone').trim() || undefined
  } catch {
    return undefined
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
