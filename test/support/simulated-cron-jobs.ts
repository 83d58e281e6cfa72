/** Runs the jobs of crontabs under Debian's cron, with recorders in the place of the programs that they call. */

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRoot } from './other-user.ts'
import { paths, run } from './run.ts'
import { buildClock, CRON, NAMESPACE, type Tab, whyNoSimulatedCron } from './simulated-cron.ts'
import { layPrograms, makeFolder } from './simulated-cron-programs.ts'
import { tempDir } from './temp.ts'

/** Why jobs cannot be run; undefined if they can. */
export function whyNoJobs(): string | undefined {
  return isRoot ? whyNoSimulatedCron() : 'cron needs root to start jobs as other users'
}

const inSupport = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The user of the crontabs beside those of Debian, and the home that `~` means in them. */
const HOME = '/home/deploy'
const ID = 4321

/** A program that a job has called. */
export interface Call {
  readonly argv: readonly string[]
  /** Sorted. */
  readonly environment: readonly string[]
  readonly stdin: string
  /** umask, working folder, nice value, limits, IDs, ignored and blocked signals. */
  readonly state: string
}

/** What a job has done. */
export interface Done {
  readonly user: string
  readonly calls: readonly Call[]
  /** The mail that cron sent, without its subject. */
  readonly mail: string | undefined
  readonly status: number
}

export interface Performed {
  /** By command as it stands in the crontab. */
  readonly jobs: ReadonlyMap<string, readonly Done[]>
  /** Content of all files under /var, /home, /srv and /opt that are not the system's. */
  readonly files: ReadonlyMap<string, string>
}

/** A tab without a user column belongs to the user of its name. All due times are in the first hours of 2027, in UTC. */
export async function perform(
  tabs: readonly Tab[],
  /** The tabs as they were before they were wrapped. */
  originals: readonly string[],
  settings: Readonly<Record<string, string>>,
  minutes: number,
): Promise<Performed> {
  const folder = tempDir('cron-jobs')
  const upper = join(folder, 'upper')
  layPrograms(upper, HOME, originals)
  layCrontabs(upper, tabs)
  layUsers(upper, tabs)
  makeFolder(upper, '/etc/cronitor', 0o755)
  writeFileSync(join(upper, 'etc/cronitor/cronitor.json'), JSON.stringify(settings), { mode: 0o644 })
  makeFolder(upper, '/usr/sbin', 0o755)
  const sendmail = join(upper, 'usr/sbin/sendmail')
  copyFileSync(inSupport('simulated-cron-sendmail.sh'), sendmail)
  chmodSync(sendmail, 0o755)

  const from = Date.UTC(2027, 0, 1) / 1000 - 60
  const clock = {
    TZ: 'UTC',
    CLOCK_START: `${from}`,
    CLOCK_END: `${from + 60 + minutes * 60}`,
    CLOCK_LOG: join(folder, 'log'),
    CLOCK_RUN: '1',
    LD_PRELOAD: buildClock(folder),
  }
  const variables = Object.entries(clock).map(([name, value]) => `${name}=${value}`)
  const argv = [...NAMESPACE, '/bin/sh', inSupport('simulated-cron-stage.sh'), folder, CRON, ...variables]
  const { status, stderr } = await run(argv, {
    cwd: '/',
    timeoutMs: 280_000,
    env: { PATH: process.env.PATH },
  })
  if (status !== 0) throw new Error(`cron ended with ${status}: ${stderr}`)
  return { jobs: jobsOf(folder), files: filesOf(join(folder, 'written')) }
}

function layCrontabs(upper: string, tabs: readonly Tab[]): void {
  for (const path of ['/etc/cron.d', '/var/spool/cron/crontabs']) makeFolder(upper, path, 0o755)
  writeFileSync(join(upper, 'etc/crontab'), '', { mode: 0o644 })
  for (const { name, hasUserColumn, text } of tabs) {
    const path = join(upper, hasUserColumn ? 'etc/cron.d' : 'var/spool/cron/crontabs', name)
    writeFileSync(path, text, { encoding: 'latin1', mode: hasUserColumn ? 0o644 : 0o600 })
  }
}

/** A tab without a user column has a user of its own. */
function layUsers(upper: string, tabs: readonly Tab[]): void {
  const users = ['deploy', 'archive', ...tabs.flatMap(tab => (tab.hasUserColumn ? [] : tab.name))]
  makeFolder(upper, '/etc', 0o755)
  const add = (file: string, line: (user: string) => string) =>
    writeFileSync(join(upper, file), readFileSync(`/${file}`, 'utf8') + users.map(line).join(''))
  // Without a password: PAM would ask for a line in /etc/shadow.
  add('etc/passwd', user => `${user}:*:${ID}:${ID}::${HOME}:/bin/sh\n`)
  add('etc/group', user => `${user}:*:${ID}:\n`)
  makeFolder(upper, HOME, 0o755)
  execFileSync('chown', ['-R', `${ID}:${ID}`, join(upper, HOME)])
  makeFolder(upper, '/usr/bin', 0o755)
  if (existsSync('/usr/bin/node')) return
  const node = join(upper, 'usr/bin/node')
  writeFileSync(node, `#!/bin/sh\nexec '${paths.node}' "$@"\n`, { mode: 0o755 })
}

const START = /^start (\d+) (.*)$/s
const CMD = /^log (\d+) \((.*?)\) CMD \(\[(\d+)\] /
/** One of them may be the process that writes the job's stdin, if the job does not read it. */
const FAILED =
  /^log \d+ \(CRON\) error \(grandchild #(\d+) (?:failed with exit status|terminated by signal) (\d+)/

/** cron starts a process for each job, which starts the job's shell and sends its mail. */
function jobsOf(folder: string): Map<string, Done[]> {
  const log = readFileSync(join(folder, 'log'), 'latin1').split(/\n(?=(?:log|start) \d)/)
  const byProcess = (pattern: RegExp) => new Map(log.map(line => [pattern.exec(line)?.[1] ?? '', line]))
  const [shells, failures] = [byProcess(CMD), byProcess(FAILED)]
  const calls = callsOf(join(folder, 'records'))
  const jobs = new Map<string, Done[]>()
  for (const line of log) {
    const [, process = '', command] = START.exec(line) ?? []
    if (command === undefined) continue
    const [, , user = '', shell = ''] = CMD.exec(shells.get(process) ?? '') ?? []
    const failure = failures.get(shell) ?? ''
    const signalBase = failure.includes('signal') ? 128 : 0
    const done = {
      user,
      calls: calls.get(shell) ?? [],
      mail: mailOf(join(folder, 'mails'), process),
      // A shell that was not the job's last process tells a signal by its status.
      status: signalBase + Number(FAILED.exec(failure)?.[2] ?? 0),
    }
    jobs.set(command, [...(jobs.get(command) ?? []), done])
  }
  return jobs
}

function callsOf(folder: string): Map<string, Call[]> {
  const bySession = new Map<string, Call[]>()
  for (const name of readdirSync(folder).filter(file => file.endsWith('.arguments'))) {
    const read = (part: string) => readFileSync(join(folder, name.replace(/arguments$/, part)), 'latin1')
    const [session = ''] = name.split('.')
    const call = {
      argv: read('arguments').split('\0').slice(0, -1),
      environment: read('environment').split('\0').slice(0, -1).toSorted(),
      stdin: read('stdin'),
      state: read('state'),
    }
    bySession.set(session, [...(bySession.get(session) ?? []), call])
  }
  return bySession
}

function mailOf(folder: string, sender: string): string | undefined {
  const path = join(folder, `${sender}.text`)
  if (!existsSync(path)) return undefined
  const argv = readFileSync(join(folder, `${sender}.arguments`), 'latin1')
  // The subject has the command, and `(failed)` if the job ended before it had read its stdin.
  return argv + readFileSync(path, 'latin1').replace(/^Subject: [^\n]*\n/m, '')
}

function filesOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  return new Map(
    entries
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [path.slice(folder.length), readFileSync(path, 'latin1')]),
  )
}
