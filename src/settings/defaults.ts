/** The defaults of all settings and options. `--help` and the lists of options in docs/reference.md and man/ are written from them. */

import type { Method } from '../telemetry/event.ts'

/** Of the Telemetry API. */
export const DEFAULT_URL = 'https://cronitor.link'
export const DEFAULT_METHOD: Method = 'GET'
export const DEFAULT_DELIVER_WITHIN_MS = 5000

export const DEFAULT_SPOOL_MAX_AGE_MS = 7 * 86_400_000
export const DEFAULT_SPOOL_MAX_BYTES = 64 * 1024 * 1024

/** The system's settings file. No environment variable changes it: only an administrator may choose these settings. */
export const SYSTEM_FILE = '/etc/cronitor/cronitor.json'
/** Below XDG_CONFIG_HOME, else `~/.config`. */
export const USER_FILE = 'cronitor/cronitor.json'

export const ROOT_SPOOL_DIR = '/var/spool/cronitor'
/** Below XDG_STATE_HOME, else `~/.local/state`. */
export const USER_SPOOL_DIR = 'cronitor/spool'

/** The folder of the locks of `--lock`. */
export const ROOT_LOCK_DIR = '/run/lock/cronitor'
/** Below XDG_STATE_HOME, else `~/.local/state`. */
export const USER_LOCK_DIR = 'cronitor/lock'

/** The folder of the server's database. */
export const ROOT_DATA_DIR = '/var/lib/cronitor'
/** Below XDG_STATE_HOME, else `~/.local/state`. */
export const USER_DATA_DIR = 'cronitor'

/** Where `cronitor serve` listens: reachable from this host only. */
export const DEFAULT_LISTEN = '127.0.0.1'
/**
 * Above the ports that need root, below the ranges of outgoing connections (Linux from 32768, macOS from 49152), and
 * none that other development servers use (3000, 8000, 8080).
 */
export const DEFAULT_PORT = 8427

export const DEFAULT_RETAIN_MS = 90 * 86_400_000

/** Each environment of a monitor counts as one. More than a large installation has, and little enough for the memory. */
export const DEFAULT_MAX_MONITORS = 10_000

/** The server that `cronitor runs` asks. */
export const DEFAULT_SERVER = `http://${DEFAULT_LISTEN}:${DEFAULT_PORT}`
/** How many runs `cronitor runs` shows. */
export const DEFAULT_RUNS = 20

/** Backups of users' crontabs. Not in ROOT_DATA_DIR: that folder can belong to the user of the server. */
export const ROOT_BACKUP_DIR = '/var/lib/cronitor-crontabs'
/** Below XDG_STATE_HOME, else `~/.local/state`. */
export const USER_BACKUP_DIR = 'cronitor/crontabs'

/** How much later than its schedule a job may start in what `cronitor crontab wrap` expects. */
export const DEFAULT_GRACE_MS = 10 * 60_000
