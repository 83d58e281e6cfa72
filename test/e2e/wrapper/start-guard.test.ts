/** What a run costs is paid for on each run of each job: what is loaded, and what is done, before the job starts. */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installationInto } from '../../support/installation.ts'
import { paths, run } from '../../support/run.ts'
import { openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('start-guard')
const room = tempDir('guard')
const installation = installationInto()

/**
 * What may be loaded before the job starts, of Node.js's public modules, besides what an empty program has. Each costs a
 * piece of a millisecond or more on every run, since it is compiled and run anew (node:crypto a sixth of the start of
 * Node.js). Before a name is added here, look whether what needs it can come after the start (src/report/report-run.ts), or
 * do without (src/commands/exec/fresh-series.ts, src/system/clock.ts).
 */
const BEFORE_THE_JOB: ReadonlySet<string> = new Set([
  // bin/cronitor-exec.js.
  'vm',
  // execa, with all that it brings along, and what the start of a process brings.
  'child_process',
  'dgram',
  'diagnostics_channel',
  'net',
  'stream',
  'stream/promises',
  'string_decoder',
])

/** What a run that speaks plain HTTP never needs. */
const NEVER: readonly string[] = [
  'crypto',
  'fs/promises',
  'http2',
  'https',
  'inspector',
  'perf_hooks',
  'readline',
  'tls',
  'worker_threads',
  'zlib',
]

/**
 * Loaded before the program, it notes at the start of the job and at the end which modules are there, and which files of
 * dist/ have been read. It loads nothing that an empty program has not, and sees child_process when others load it.
 */
const PROBE = `'use strict'
const fs = require('node:fs')
const { writeFileSync } = fs
const read = []
for (const name of ['openSync', 'readFileSync']) {
  const original = fs[name]
  fs[name] = (path, ...rest) => {
    const [, file] = /[/]dist[/]([^/]*)$/.exec(path) ?? []
    if (file !== undefined && !read.includes(file)) read.push(file)
    return original(path, ...rest)
  }
}
const note = moment =>
  writeFileSync(process.env.PROBE_NOTES + moment, JSON.stringify({ modules: process.moduleLoadList, read }))
const Module = module.constructor
const load = Module._load
let isPatched = false
Module._load = (id, ...rest) => {
  const exports = load(id, ...rest)
  if (!isPatched && /^(node:)?child_process$/.test(id)) {
    isPatched = true
    const { prototype } = exports.ChildProcess
    const { spawn } = prototype
    prototype.spawn = function (...args) {
      prototype.spawn = spawn
      note('start')
      return spawn.apply(this, args)
    }
  }
  return exports
}
process.on('exit', () => note('end'))
`

interface Noted {
  readonly modules: readonly string[]
  readonly read: readonly string[]
}

/** The names in Node.js's list of what is loaded that are not its own affair. */
function publicModules(list: readonly string[]): string[] {
  return list.flatMap(entry => /^NativeModule (?!internal\/)(.+)$/.exec(entry)?.[1] ?? [])
}

function bareModules(): Set<string> {
  const file = join(room, 'bare.cjs')
  writeFileSync(file, "require('fs').writeSync(1, JSON.stringify(process.moduleLoadList))\n")
  return new Set(publicModules(JSON.parse(String(execFileSync(paths.node, [file])))))
}

const probe = join(room, 'probe.cjs')
writeFileSync(probe, PROBE)
const probedNode = join(room, 'node')
writeFileSync(probedNode, `#!/bin/sh\nexec '${paths.node}' --require '${probe}' "$@"\n`, { mode: 0o755 })
let probed = 0

/** Runs a job that prints and ends well, and delivers both events. */
async function probedRun(flags: readonly string[] = []): Promise<{ start: Noted; end: Noted }> {
  probed += 1
  const notes = join(room, `notes-${probed}-`)
  const key = sandbox.newKey()
  const result = await sandbox.run(
    [join(installation, 'bin/cronitor-exec'), ...flags, key, '--', 'echo', 'hi'],
    {
      env: { CRONITOR_NODE: probedNode, PROBE_NOTES: notes },
    },
  )
  expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([0, 'hi\n', ''])
  sandbox.eventsOf(key)
  const [start, end] = ['start', 'end'].map(
    moment => JSON.parse(String(readFileSync(notes + moment))) as Noted,
  )
  if (start === undefined || end === undefined) throw new Error('there is a note for each')
  return { start, end }
}

describe.each([
  ['with its output read', [], ['exec.cjs']],
  ['with --no-output', ['--no-output'], ['exec.cjs', 'options.cjs']],
])('a run %s', (_how, flags, scripts) => {
  test('loads no module before the job starts but those that are needed for it', async () => {
    const bare = bareModules()
    const { start } = await probedRun(flags)
    const loaded = publicModules(start.modules).filter(name => !bare.has(name))
    expect(loaded).toContain('child_process')
    expect(loaded.filter(name => !BEFORE_THE_JOB.has(name))).toEqual([])
    // The second script has the HTTP client, the spool and everything else.
    expect(start.read).toEqual(scripts)
  })

  test('that delivers both events over plain HTTP loads nothing for TLS, HTTP/2, threads, promises of files or measuring', async () => {
    const { end } = await probedRun(flags)
    const loaded = publicModules(end.modules)
    expect(loaded).toContain('child_process')
    expect(loaded.filter(name => NEVER.includes(name))).toEqual([])
    expect(end.read).toEqual([...scripts, 'monitor.cjs'])
  })
})

/**
 * System calls up to the job's execve, of the launcher, Node.js and a bare Node.js that starts the same job: by the major
 * version of Node.js, as measured on Linux with glibc and dash. To record them anew, take what the test says it found.
 */
const RECORDED: Readonly<Record<number, Calls>> = {
  20: { wrapped: 777, bare: 484 },
  22: { wrapped: 850, bare: 535 },
  24: { wrapped: 853, bare: 519 },
  26: { wrapped: 872, bare: 559 },
}

interface Calls {
  readonly wrapped: number
  readonly bare: number
}

function whyNoStrace(): string | undefined {
  if (process.platform !== 'linux') return 'strace(1) is Linux’s'
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no strace, or no right to use it'
  }
}

/**
 * Counts the calls in strace's notes up to the execve of `job`. Left out is what is a matter of chance or of the machine:
 * what threads do (they begin and go on as the system lets them), futex, which waits for them, and reads of a single
 * byte (dash's `read` takes a line so: one call for each character of a path or a line of /proc).
 */
function callsBefore(job: string, notes: string): number {
  const lines = notes.split('\n')
  const threads = new Set(
    lines.flatMap(
      line => (/CLONE_THREAD|resumed>.*parent_tid=/.test(line) && / = (\d+)$/.exec(line)?.[1]) || [],
    ),
  )
  let count = 0
  for (const line of lines) {
    const [, task = '', name = '', rest = ''] = /^(\d+) +([a-z]\w*)\((.*)$/.exec(line) ?? []
    if (name === '' || threads.has(task)) continue
    if (name === 'execve' && rest.startsWith(`"${job}"`)) return count
    if (name === 'futex' || (name === 'read' && / 1\) += 1$/.test(rest))) continue
    count += 1
  }
  throw new Error('the job was not started')
}

const noStrace = whyNoStrace()

describe.skipIf(noStrace !== undefined)(`system calls${noStrace ? `: ${noStrace}` : ''}`, () => {
  const job = join(room, 'the-job')
  const bareSpawn = join(room, 'bare-spawn.cjs')

  async function count(argv: readonly string[]): Promise<number> {
    const notes = join(room, 'strace')
    // Not -f alone: its words on processes that come and go would stand among what they print.
    const result = await run(['strace', '-f', '-qq', '-o', notes, ...argv], {
      env: { ...sandbox.env, CRONITOR_NODE: paths.node },
      cwd: room,
    })
    expect([argv, result.status, String(result.stderr)]).toEqual([argv, 0, ''])
    return callsBefore(job, readFileSync(notes, 'latin1'))
  }

  test('before the job starts are no more than a tenth above those that were recorded', async () => {
    copyFileSync('/bin/true', job)
    writeFileSync(bareSpawn, `require('node:child_process').spawn('${job}', { stdio: 'inherit' })\n`)
    const wrap = () => [join(installation, 'bin/cronitor-exec'), sandbox.newKey(), job]
    // The first run keeps its compiled code for those that are counted.
    expect((await sandbox.run(wrap())).status).toBe(0)
    expect(readdirSync(join(installation, 'dist/code'))).toContain('nodes')

    const wrapped: number[] = []
    const bare: number[] = []
    for (let round = 0; round < 5; round += 1) {
      wrapped.push(await count(wrap()))
      bare.push(await count([paths.node, bareSpawn]))
    }
    const found: Calls = { wrapped: median(wrapped), bare: median(bare) }

    const major = Number(/^v(\d+)/.exec(String(execFileSync(paths.node, ['--version'])))?.[1])
    const known = Object.keys(RECORDED).map(Number)
    const recorded = RECORDED[Math.max(...known.filter(each => each <= major))]
    if (recorded === undefined) throw new Error(`nothing is recorded for Node.js ${major}`)
    // What this Node.js itself needs does not count: other versions and builds need more.
    const limit = recorded.wrapped * 1.1 + found.bare - recorded.bare
    expect(found.wrapped, JSON.stringify({ found, recorded, all: { wrapped, bare } })).toBeLessThanOrEqual(
      limit,
    )
  }, 180_000)
})

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
