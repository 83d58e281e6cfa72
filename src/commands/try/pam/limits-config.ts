/** /etc/security/limits.conf and limits.d, as pam_limits applies them (limits.conf(5), pam_limits.c). */

import type { ResourceLimit, ResourceLimits } from '../resource-limits.ts'
import type { UserGroup } from '../user-groups.ts'

export interface LimitedUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly groups: () => readonly UserGroup[]
}

export interface ConfiguredLimits {
  readonly limits: ResourceLimits
  /** The nice value; undefined if none is set. */
  readonly priority: number | undefined
}

/** What a line is about. A line for the user takes precedence over one for a group, and that over one for all. */
const RANKS = { user: 0, group: 1, all: 2, none: 3 } as const
type Rank = (typeof RANKS)[keyof typeof RANKS]

/** In kibibytes. */
const IN_KIB: ReadonlySet<string> = new Set(['fsize', 'data', 'stack', 'core', 'rss', 'memlock', 'as'])

interface Setting extends ResourceLimit {
  readonly softRank: Rank
  readonly hardRank: Rank
}

export interface LimitBasis {
  /** The limits that cron itself has. */
  readonly inherited: ResourceLimits
  /** Those that pam_limits begins with; undefined: with the inherited ones. */
  readonly initial: ResourceLimits | undefined
  /** True if cron may raise a hard limit. A limit that it may not set stays as it is. */
  readonly mayRaise: boolean
  /** What `unlimited` means for nofile: /proc/sys/fs/nr_open. */
  readonly maxOpenFiles: number
}

/** @param texts the files in their order */
export function configuredLimits(
  texts: readonly string[],
  user: LimitedUser,
  { inherited, initial, mayRaise, maxOpenFiles }: LimitBasis,
): ConfiguredLimits {
  const settings = new Map<string, Setting>()
  let priority: number | undefined
  for (const line of texts.flatMap(text => text.split('\n'))) {
    const [domain = '', type = '', item = '', value = ''] = line.replace(/#.*/, '').trim().split(/\s+/)
    const rank = rankOf(domain, user)
    if (rank === undefined) continue
    // No limits for this user, whatever the lines before it say.
    if (type === '-' && item === '' && rank !== RANKS.all) return { limits: inherited, priority: undefined }
    const kind = type.toLowerCase()
    if (value === '' || !['soft', 'hard', '-'].includes(kind)) continue
    const name = item.toLowerCase()
    if (name === 'priority') priority = integer(value) ?? priority
    const limit = limitFrom(name, value.toLowerCase(), maxOpenFiles)
    const has = initial?.get(name) ?? inherited.get(name)
    if (limit === undefined || has === undefined) continue
    const before = settings.get(name) ?? { ...has, softRank: RANKS.none, hardRank: RANKS.none }
    const setsSoft = kind !== 'hard' && before.softRank >= rank
    const setsHard = kind !== 'soft' && before.hardRank >= rank
    settings.set(name, {
      soft: setsSoft ? limit : before.soft,
      softRank: setsSoft ? rank : before.softRank,
      hard: setsHard ? limit : before.hard,
      hardRank: setsHard ? rank : before.hardRank,
    })
  }
  const limits = new Map(inherited)
  for (const [name, { soft, hard }] of [...(initial ?? []), ...settings]) {
    const own = inherited.get(name)
    if (own === undefined) continue
    const isAllowed = mayRaise || hard <= own.hard
    limits.set(name, isAllowed ? { soft: Math.min(soft, hard), hard } : own)
  }
  return { limits, priority }
}

/** Undefined if the line is about somebody else. For root only lines with its name or number count (Debian). */
function rankOf(domain: string, user: LimitedUser): Rank | undefined {
  if (domain === user.name) return RANKS.user
  const isGroup = domain.startsWith('@')
  if (isGroup && user.uid === 0) return undefined
  const range = /^(\d*):(\d*)$/.exec(domain.replace(/^@/, ''))
  if (range !== null) {
    const [, from = '', to = ''] = range
    if (from === '' && to === '') return undefined
    // `:N` is exactly N.
    const least = Number(from === '' ? to : from)
    const most = to === '' ? Number.POSITIVE_INFINITY : Number(to)
    const ids = isGroup ? (from === '' ? user.groups().map(({ gid }) => gid) : [user.gid]) : [user.uid]
    if (!ids.some(id => id >= least && id <= most)) return undefined
    return isGroup ? RANKS.group : RANKS.user
  }
  if (isGroup) return user.groups().some(({ name }) => name === domain.slice(1)) ? RANKS.group : undefined
  return domain === '*' && user.uid !== 0 ? RANKS.all : undefined
}

/** In the unit of setrlimit(2). */
function limitFrom(name: string, value: string, maxOpenFiles: number): number | undefined {
  if (name === 'nice') {
    const nice = integer(value)
    return nice === undefined ? undefined : 20 - Math.min(19, Math.max(-20, nice))
  }
  if (['-1', '-', 'unlimited', 'infinity'].includes(value)) {
    return name === 'nofile' ? maxOpenFiles : Number.POSITIVE_INFINITY
  }
  const amount = integer(value)
  if (amount === undefined) return undefined
  if (name === 'cpu') return amount * 60
  return IN_KIB.has(name) ? amount * 1024 : amount
}

function integer(text: string): number | undefined {
  const [digits] = /^[-+]?\d+/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}
