/** Limits of a process, as /proc/PID/limits lists them (proc_pid_limits(5)) and prlimit(1) sets them. */

/** In the unit of setrlimit(2): bytes, seconds or a number. Infinity: unlimited. */
export interface ResourceLimit {
  readonly soft: number
  readonly hard: number
}

/** By the names of limits.conf(5), which are prlimit's options too. */
export type ResourceLimits = ReadonlyMap<string, ResourceLimit>

const NAMES: Readonly<Record<string, string>> = {
  'cpu time': 'cpu',
  'file size': 'fsize',
  'data size': 'data',
  'stack size': 'stack',
  'core file size': 'core',
  'resident set': 'rss',
  processes: 'nproc',
  'open files': 'nofile',
  'locked memory': 'memlock',
  'address space': 'as',
  'file locks': 'locks',
  'pending signals': 'sigpending',
  'msgqueue size': 'msgqueue',
  'nice priority': 'nice',
  'realtime priority': 'rtprio',
  'realtime timeout': 'rttime',
}

/** @param text the content of /proc/PID/limits */
export function parseLimits(text: string): ResourceLimits {
  const limits = new Map<string, ResourceLimit>()
  for (const [, title = '', soft = '', hard = ''] of text.matchAll(
    /^Max (\S+(?: \S+)*) +(\d+|unlimited) +(\d+|unlimited)/gm,
  )) {
    const name = NAMES[title]
    if (name !== undefined) limits.set(name, { soft: numberFrom(soft), hard: numberFrom(hard) })
  }
  return limits
}

function numberFrom(text: string): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}

export interface LimitChange extends ResourceLimit {
  readonly name: string
}

export interface LimitChanges {
  readonly changes: readonly LimitChange[]
  /** Limits that only root could set. */
  readonly refused: readonly LimitChange[]
}

/** What must change in `own` for a process to have the limits `wanted`. A hard limit can only be raised with CAP_SYS_RESOURCE. */
export function limitChanges(own: ResourceLimits, wanted: ResourceLimits, mayRaise: boolean): LimitChanges {
  const changes: LimitChange[] = []
  const refused: LimitChange[] = []
  for (const [name, { soft, hard }] of wanted) {
    const has = own.get(name)
    if (has === undefined || (has.soft === soft && has.hard === hard)) continue
    if (!mayRaise && hard > has.hard) {
      refused.push({ name, soft, hard })
      if (has.soft !== Math.min(soft, has.hard)) {
        changes.push({ name, soft: Math.min(soft, has.hard), hard: has.hard })
      }
    } else {
      changes.push({ name, soft, hard })
    }
  }
  return { changes, refused }
}

/** An argument of prlimit(1), such as `--nofile=1024:524288`. */
export function prlimitArgument({ name, soft, hard }: LimitChange): string {
  return `--${name}=${limitText(soft)}:${limitText(hard)}`
}

export function limitText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'unlimited'
}

/**
 * True if the process has CAP_SYS_RESOURCE, bit 24 (capabilities(7)): that is bit 0 of the seventh hexadecimal digit from the end.
 *
 * @param status the content of /proc/PID/status
 */
export function mayRaiseLimits(status: string): boolean {
  const [, digit = '0'] = /^CapEff:\s*[0-9a-f]*([0-9a-f])[0-9a-f]{6}$/m.exec(status) ?? []
  return (Number.parseInt(digit, 16) & 1) === 1
}
