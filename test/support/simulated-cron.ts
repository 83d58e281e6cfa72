/** Debian's own cron with a simulated clock, in a mount namespace: the machine's cron and crontabs stay as they are. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCrontab } from '../../src/crontab/parse-crontab.ts'
import { isRoot } from './other-user.ts'
import { run } from './run.ts'
import { tempDir } from './temp.ts'

export const CRON = '/usr/sbin/cron'

/** A user namespace makes its user root there, which is enough unless jobs are started. */
export const NAMESPACE = [
  ...['unshare', '--mount', '--propagation', 'private'],
  ...(isRoot ? [] : ['--map-root-user']),
]

/** Why cron cannot run with a simulated clock; undefined if it can. */
export function whyNoSimulatedCron(): string | undefined {
  const works = (file: string, ...args: string[]) =>
    spawnSync(file, args, { stdio: 'ignore', cwd: '/' }).status === 0
  if (!existsSync(CRON)) return `there is no ${CRON}`
  if (!works('gcc', '--version')) return 'there is no gcc'
  return works('env', ...NAMESPACE, 'true') ? undefined : 'there can be no mount namespace of its own'
}

/** Compiles the clock. */
export function buildClock(folder: string): string {
  const source = fileURLToPath(new URL('simulated-cron-clock.c', import.meta.url))
  const library = join(folder, 'clock.so')
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-nostdlib', '-o', library, source])
  return library
}

export interface Tab {
  /** Of letters, digits and `-`; unique among those with a user column, and among those without. */
  readonly name: string
  readonly hasUserColumn: boolean
  /** latin1 */
  readonly text: string
}

/** Every `step` seconds, `count` times. In seconds since 1970. */
export interface Series {
  readonly first: number
  readonly step: number
  readonly count: number
}

export interface Simulated {
  /** When the jobs with this command ran, in order; for several jobs with the same command each has a list. */
  readonly runs: ReadonlyMap<string, readonly (readonly Series[])[]>
  /** cron's log, without time and host. */
  readonly log: readonly string[]
}

const SET_UP = `set -e
cd "$1"
mount --bind cron.d /etc/cron.d
mount --bind crontabs /var/spool/cron/crontabs
mount --bind nothing /etc/crontab
mount --bind passwd /etc/passwd
mount --bind run /run
shift
exec env -i "$@" ${CRON} -f
`

/**
 * What cron would start from `from` (exclusive) to `until`, in seconds since 1970, on a host in `zone`. Commands are not
 * run. Users are known by all names that the crontabs have.
 */
export async function simulate(
  tabs: readonly Tab[],
  zone: string,
  from: number,
  until: number,
): Promise<Simulated> {
  const folder = tempDir('real-cron')
  for (const name of ['cron.d', 'crontabs', 'run']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'nothing'), '', { mode: 0o644 })
  for (const { name, hasUserColumn, text } of tabs) {
    const path = hasUserColumn ? `cron.d/${name}` : `crontabs/${name}`
    writeFileSync(join(folder, path), text, { encoding: 'latin1', mode: hasUserColumn ? 0o644 : 0o600 })
  }
  writeFileSync(join(folder, 'passwd'), passwd(tabs), { mode: 0o644 })
  const log = join(folder, 'log')
  const clock = { TZ: zone, CLOCK_START: `${from}`, CLOCK_END: `${until}`, CLOCK_LOG: log }
  const variables = Object.entries({ ...clock, LD_PRELOAD: buildClock(folder) })
  const argv = [
    ...NAMESPACE,
    '/bin/sh',
    '-c',
    SET_UP,
    'sh',
    folder,
    ...variables.map(([name, value]) => `${name}=${value}`),
  ]
  const { status, stdout, stderr } = await run(argv, { timeoutMs: 300_000, cwd: '/' })
  if (status !== 0) throw new Error(`cron ended with ${status}: ${stdout}${stderr}`)
  return readLog(readFileSync(log, 'latin1'))
}

function passwd(tabs: readonly Tab[]): string {
  const users = new Set(['root', ...tabs.flatMap(usersOf)])
  return [...users].map(user => `${user}:x:0:0::/root:/bin/sh\n`).join('')
}

/** Names that can be those of users. */
export function usersOf({ name, hasUserColumn, text }: Tab): string[] {
  if (!hasUserColumn) return [name]
  const { lines } = parseCrontab(text, { dialect: 'debian', hasUserColumn })
  return lines.flatMap(line => {
    const user = line.kind === 'job' ? line.user : undefined
    return user !== undefined && /^[a-z_][\w-]*$/i.test(user) ? [user] : []
  })
}

function readLog(text: string): Simulated {
  const commands: string[] = []
  const series: Series[][] = []
  const log: string[] = []
  for (const line of text.split('\n')) {
    const [kind = ''] = line.split(' ', 1)
    const rest = line.slice(kind.length + 1)
    if (kind === 'log') log.push(rest.slice(rest.indexOf(' ') + 1))
    if (kind === 'job') {
      commands.push(rest.slice(rest.indexOf(' ') + 1))
      series.push([])
    }
    if (kind === 'run') {
      const [job = -1, first = 0, step = 0, count = 0] = rest.split(' ').map(Number)
      series[job]?.push({ first, step, count })
    }
  }
  const runs = new Map<string, Series[][]>()
  commands.forEach((command, job) => {
    const lists = runs.get(command) ?? []
    runs.set(command, [...lists, series[job] ?? []])
  })
  return { runs, log }
}
