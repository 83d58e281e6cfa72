/** Whatever is wrong with the spool's disk: the job runs as it does without it, the rest is delivered, one warning says so. */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FakeApi, RecordedRequest } from '../../support/fake-api.ts'
import { KEY } from '../../support/key.ts'
import { asUser, isRoot, userHome, whyNoSharedGroup, whyNoUser } from '../../support/other-user.ts'
import { paths, type RunResult, run } from '../../support/run.ts'
import { fillQueue, namesIn, recordsIn, seriesOf, waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { apiForTest, cronitor, exec, linesOf, reportingTo, statesOf } from '../../support/wrapper.ts'

const LONG_MS = 120_000

/** Prints on both streams and ends with a status that nothing else has. */
const JOB = ['sh', '-c', 'echo out; echo err >&2; exit 6']

const OTHER_KEY = 'Tq3Yb-6nHs8Wd1Kf5Xg2Zm'

const noUser = whyNoUser()
const noGroup = whyNoSharedGroup()

/** What the wrapper itself said; the job's output and status are what they are without it. */
function warningsOf(result: RunResult): string[] {
  expect({ status: result.status, signal: result.signal, stdout: String(result.stdout) }).toEqual({
    status: 6,
    signal: null,
    stdout: 'out\n',
  })
  const [first, ...own] = linesOf(result.stderr)
  expect(first).toBe('err')
  return own
}

const takenOf = (api: FakeApi, monitor?: string) =>
  statesOf(api.events(monitor).filter(({ answered }) => answered === 200))

const isLate = ({ params }: RecordedRequest) => params.has('stamp')

const noMount = whyNoMount()

/**
 * A disk of so many pages of 4 KiB that is there for one command line alone, as the spool "$spool"; `prepare` are lines
 * of sh in front of it. What the disk holds in the end is copied to the folder "$after".
 */
function onDisk(pages: number, prepare: string, after: string, argv: readonly string[]): string[] {
  const script = `
    spool=$1 after=$2; shift 2
    mount -t tmpfs -o size=${pages * 4}k,mode=700 tmpfs "$spool" || exit 99
    ${prepare}
    "$@"; status=$?
    cp -r "$spool/." "$after"
    exit $status`
  const spool = join(after, '..', 'disk')
  mkdirSync(spool, { mode: 0o700 })
  return ['unshare', '--mount', '/bin/sh', '-c', script, 'sh', spool, after, ...argv]
}

function afterwards(): { after: string; disk: string } {
  const folder = tempDir('disk')
  const after = join(folder, 'after')
  mkdirSync(after, { mode: 0o700 })
  return { after, disk: join(folder, 'disk') }
}

describe.skipIf(noMount !== undefined)(`a spool on a disk of its own${noMount ? `: ${noMount}` : ''}`, () => {
  const FULL = 'dd if=/dev/zero of="$spool/ballast" bs=4k status=none 2>/dev/null'

  test.each([
    ['is full', 16, FULL, 'the disk is full'],
    ['is read-only', 16, 'mount -o remount,ro "$spool"', 'the file system is read-only'],
  ])('that %s: all is delivered, and one warning', async (_, pages, prepare, problem) => {
    const api = await apiForTest()
    const { after, disk } = afterwards()
    const argv = onDisk(pages, prepare, after, [paths.bin.exec, 'a-job', ...JOB])
    const result = await run(argv, { env: reportingTo(api, { CRONITOR_SPOOL_DIR: disk }) })
    expect(warningsOf(result)).toEqual([`cronitor-exec: events cannot be kept on disk: ${disk}: ${problem}`])
    expect(takenOf(api)).toEqual(['run', 'fail'])
  })

  test.each([
    ['is full', FULL, 'the disk is full'],
    ['is read-only', 'mount -o remount,ro "$spool"', 'the file system is read-only'],
  ])('that %s while the API is down: what is lost is said to be', async (_, prepare, problem) => {
    // The wrapper leaves once `Retry-After` goes beyond its time, however late the answer comes.
    const api = await apiForTest({ respond: () => ({ status: 503, headers: { 'retry-after': '30' } }) })
    const { after, disk } = afterwards()
    const argv = onDisk(16, prepare, after, [paths.bin.exec, 'a-job', ...JOB])
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: disk, CRONITOR_DELIVER_WITHIN: '20s' })
    const own = warningsOf(await run(argv, { env }))
    expect(own.at(-1)).toBe(
      `cronitor-exec: run and fail could not be delivered within 20s and are lost: HTTP status 503; the spool cannot be written: ${problem} (${disk})`,
    )
    // The API has another fault, with another warning.
    expect(own.length).toBeLessThanOrEqual(2)
  })

  test.each([1, 2, 3, 4, 5, 6, 8])(
    'with %i pages left while the API is down: what is not said to be lost is delivered later',
    async free => {
      const api = await apiForTest({ respond: event => ({ status: isLate(event) ? 200 : 503 }) })
      const { after, disk } = afterwards()
      const prepare = `dd if=/dev/zero of="$spool/ballast" bs=4k count=${16 - free} status=none`
      const both = '"$@"; status=$?; "$flush" spool flush >&2; exit $status'
      const argv = onDisk(16, prepare, after, [
        'env',
        `flush=${paths.bin.cronitor}`,
        'sh',
        '-c',
        both,
        'sh',
        ...[paths.bin.exec, 'a-job', ...JOB],
      ])
      const env = reportingTo(api, { CRONITOR_SPOOL_DIR: disk, CRONITOR_DELIVER_WITHIN: '200ms' })
      const own = warningsOf(await run(argv, { env, timeoutMs: LONG_MS }))
      const warnings = own.filter(line => line.startsWith('cronitor-exec: '))
      const [, lost = ''] = / and (?:(are|run is|fail is) lost|are kept)/.exec(warnings.at(-1) ?? '') ?? []
      expect(warnings.at(-1)).toMatch(/ could not be delivered within 200ms and /)
      const expected = { are: [], 'run is': ['fail'], 'fail is': ['run'], '': ['run', 'fail'] }[lost]
      expect(takenOf(api)).toEqual(expected)
      // Nothing half is left, whatever there was no room for.
      const left = readdirSync(after, { recursive: true, withFileTypes: true }).filter(entry =>
        entry.isFile(),
      )
      expect(left.map(({ name }) => name)).toEqual(['ballast'])
      expect(warnings.length).toBeLessThanOrEqual(2)
    },
  )

  test('that is full does not lose what it holds', async () => {
    const api = await apiForTest()
    const { after, disk } = afterwards()
    const before = join(tempDir('spool'), 'spool')
    fillQueue(before, seriesOf('earlier', 'a-series'), KEY)
    const prepare = `cp -r ${before}/. "$spool"; ${FULL}`
    const both = '"$@"; status=$?; "$flush" spool flush >&2; exit $status'
    const command = [
      'env',
      `flush=${paths.bin.cronitor}`,
      'sh',
      '-c',
      both,
      'sh',
      paths.bin.exec,
      'a-job',
      ...JOB,
    ]
    const argv = onDisk(16, prepare, after, command)
    const own = warningsOf(await run(argv, { env: reportingTo(api, { CRONITOR_SPOOL_DIR: disk }) }))
    expect(own).toEqual([
      `cronitor-exec: events cannot be kept on disk: ${disk}: the disk is full`,
      expect.stringMatching(/^\d delivered, 0 left$/),
    ])
    expect(takenOf(api, 'a-job')).toEqual(['run', 'fail'])
    expect(takenOf(api, 'earlier')).toEqual(['run', 'complete'])
    expect(namesIn(after, 'queue')).toEqual([])
  })
})

describe.skipIf(noUser !== undefined)(`a spool that a user cannot use${noUser ? `: ${noUser}` : ''}`, () => {
  /** `variables` set its folder; `problem` is the warning. */
  interface Fault {
    readonly what: string
    readonly make: (home: string) => { variables: Record<string, string | undefined>; problem: string }
    /** Why it cannot be made here. */
    readonly obstacle?: string | undefined
  }

  const owned = (path: string, mode: number, uid = ownUser()) => {
    mkdirSync(path, { mode: 0o700 })
    chownSync(path, uid, uid)
    chmodSync(path, mode)
    return path
  }

  const named = (folder: string, problem: string) => ({
    variables: { CRONITOR_SPOOL_DIR: folder },
    problem: `events cannot be kept on disk: ${folder}${problem}`,
  })

  const FAULTS: readonly Fault[] = [
    {
      what: 'nobody may enter',
      make: home => named(owned(join(home, 'spool'), 0o000), ': permission denied'),
    },
    {
      what: 'nobody may write to',
      make: home => named(owned(join(home, 'spool'), 0o500), ': permission denied'),
    },
    {
      what: 'everyone may write to',
      make: home => named(owned(join(home, 'spool'), 0o777), ' is writable by everyone'),
    },
    {
      what: 'a group may write to',
      obstacle: noGroup,
      make: home => named(owned(join(home, 'spool'), 0o770), ' is writable by its group'),
    },
    {
      what: 'is a file',
      make(home) {
        const file = join(home, 'spool')
        writeFileSync(file, '', { mode: 0o600 })
        chownSync(file, ownUser(), ownUser())
        return named(file, ': ')
      },
    },
    {
      what: 'is below a folder that may not be written to',
      make(home) {
        const folder = owned(join(home, 'closed'), 0o500)
        return named(join(folder, 'spool'), ' cannot be made: permission denied')
      },
    },
    {
      what: 'has no place, since HOME is not set',
      make: () => ({
        variables: { CRONITOR_SPOOL_DIR: undefined, HOME: undefined },
        problem:
          'events cannot be kept on disk: HOME is not set; set CRONITOR_SPOOL_DIR, or --no-spool to keep no events',
      }),
    },
    {
      what: 'has no place, since HOME does not exist',
      make(home) {
        const folder = owned(join(home, 'closed'), 0o500)
        const gone = join(folder, 'gone')
        return {
          variables: { CRONITOR_SPOOL_DIR: undefined, HOME: gone },
          problem: `events cannot be kept on disk: ${gone}/.local/state/cronitor/spool cannot be made: permission denied`,
        }
      },
    },
    {
      what: 'has a queue that nobody may read',
      make(home) {
        const folder = owned(join(home, 'spool'), 0o700)
        owned(join(folder, 'queue'), 0o000)
        return {
          variables: { CRONITOR_SPOOL_DIR: folder },
          problem: 'the spool cannot be used: permission denied',
        }
      },
    },
    {
      what: 'has a file in the place of its queue',
      make(home) {
        const folder = owned(join(home, 'spool'), 0o700)
        writeFileSync(join(folder, 'queue'), '')
        return { variables: { CRONITOR_SPOOL_DIR: folder }, problem: 'the spool cannot be used: ' }
      },
    },
  ]

  test.for(FAULTS)(
    'because it $what: all is delivered, and one warning',
    async ({ make, obstacle }, { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const api = await apiForTest()
      const home = userHome()
      const { variables, problem } = make(home)
      const argv = asUser([paths.bin.exec, 'a-job', ...JOB])
      const result = await run(argv, { cwd: '/', env: reportingTo(api, { HOME: home, ...variables }) })
      expect(warningsOf(result)).toEqual([expect.stringContaining(`cronitor-exec: ${problem}`)])
      expect(takenOf(api)).toEqual(['run', 'fail'])
    },
  )

  test.for(FAULTS)(
    'because it $what, while the API is down: what is lost is said to be, or it is kept with the record of the run',
    async ({ make, obstacle }, { skip }) => {
      skip(obstacle !== undefined, obstacle)
      const api = await apiForTest({ respond: () => ({ status: 503 }) })
      const home = userHome()
      const { variables } = make(home)
      const argv = asUser([paths.bin.exec, 'a-job', ...JOB])
      const env = reportingTo(api, { HOME: home, CRONITOR_DELIVER_WITHIN: '200ms', ...variables })
      const own = warningsOf(await run(argv, { cwd: '/', env }))
      // The spool's cleaning may come before or after the delivery deadline.
      expect(own).toContainEqual(
        expect.stringMatching(
          /^cronitor-exec: run and fail could not be delivered within 200ms and are (lost|kept in the spool): (HTTP status 503|no answer in the time given)/,
        ),
      )
      expect(own.length).toBeLessThanOrEqual(2)
    },
  )

  test.skipIf(!isRoot)('because it belongs to somebody else: all is delivered, and one warning', async () => {
    const api = await apiForTest()
    const home = userHome()
    const folder = owned(join(home, 'spool'), 0o755, 12_345)
    const env = reportingTo(api, { HOME: home, CRONITOR_SPOOL_DIR: folder })
    const result = await run(asUser([paths.bin.exec, 'a-job', ...JOB]), { cwd: '/', env })
    expect(warningsOf(result)).toEqual([
      `cronitor-exec: events cannot be kept on disk: ${folder} belongs to another user (12345)`,
    ])
    expect(takenOf(api)).toEqual(['run', 'fail'])
    expect(readdirSync(folder)).toEqual([])
  })

  test('is not a reason to print something with --quiet', async () => {
    const api = await apiForTest()
    const home = userHome()
    const folder = owned(join(home, 'spool'), 0o000)
    const env = reportingTo(api, { HOME: home, CRONITOR_SPOOL_DIR: folder })
    const result = await run(asUser([paths.bin.exec, '--quiet', 'a-job', ...JOB]), { cwd: '/', env })
    expect(warningsOf(result)).toEqual([])
    expect(takenOf(api)).toEqual(['run', 'fail'])
  })

  /** Of the user that `asUser` is. */
  function ownUser(): number {
    return isRoot
      ? Number(execFileSync('/usr/bin/env', asUser(['id', '-u']), { cwd: '/' }))
      : (process.getuid?.() ?? 0)
  }
})

describe('files in the spool', () => {
  const newSpool = () => join(tempDir('spool'), 'spool')

  const SERIES = ['one', 'two', 'three']

  /** Three series wait; the end of the second is the file that something is wrong with. */
  function filled(spool: string): string {
    const files = SERIES.map(name => fillQueue(spool, seriesOf(name, `series ${name}`), KEY))
    return files[1]?.[1] ?? ''
  }

  const REST = { one: ['run', 'complete'], two: ['run'], three: ['run', 'complete'] }
  const ALL = { ...REST, two: ['run', 'complete'] }

  const delivered = (api: FakeApi) => Object.fromEntries(SERIES.map(name => [name, takenOf(api, name)]))

  test.each([
    ['a run', 'exec'],
    ['a flush', 'flush'],
  ])(
    'as a file that was cut in half is set aside by %s, with one warning, and the rest is delivered',
    async (_, how) => {
      const api = await apiForTest()
      const spool = newSpool()
      const file = filled(spool)
      truncateSync(file, 60)
      const half = readFileSync(file)
      const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
      if (how === 'exec') {
        expect(warningsOf(await exec(['a-job', ...JOB], env))).toEqual([
          `cronitor-exec: 1 damaged file in the spool, moved to ${spool}/damaged`,
        ])
        expect(takenOf(api, 'a-job')).toEqual(['run', 'fail'])
      } else {
        const result = await cronitor(['spool', 'flush'], env)
        expect({
          status: result.status,
          stdout: String(result.stdout),
          stderr: String(result.stderr),
        }).toEqual({
          status: 0,
          stdout: '5 delivered, 1 damaged, 0 left\n',
          stderr: `cronitor: 1 damaged file in the spool, moved to ${spool}/damaged\n`,
        })
      }
      expect(delivered(api)).toEqual(REST)
      const aside = join(spool, 'damaged', `${basename(file)}.damaged`)
      expect(namesIn(spool, 'damaged')).toEqual([basename(aside)])
      expect(readFileSync(aside)).toEqual(half)
      // No second warning.
      expect(warningsOf(await exec(['a-job', ...JOB], env))).toEqual([])
    },
  )

  test('as a file of a newer version is left alone, and the rest is delivered', async () => {
    const api = await apiForTest()
    const spool = newSpool()
    const file = filled(spool)
    const newer = '{"version":99,"what":"ever"}\n'
    writeFileSync(file, newer)
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    expect(warningsOf(await exec(['a-job', ...JOB], env))).toEqual([])
    expect(delivered(api)).toEqual(REST)
    const result = await cronitor(['spool', 'flush'], env)
    expect({ status: result.status, stdout: String(result.stdout), stderr: linesOf(result.stderr) }).toEqual({
      status: 1,
      stdout: '0 delivered, 1 left\n',
      stderr: [expect.stringContaining('a newer version')],
    })
    expect(readFileSync(file, 'utf8')).toBe(newer)
    expect(namesIn(spool, 'damaged')).toEqual([])
  })

  test('as something foreign is left alone, and all is delivered', async () => {
    const api = await apiForTest()
    const spool = newSpool()
    filled(spool)
    const foreign = ['README', 'x.json', 'folder.json/inner.json', '.hidden']
    for (const folder of ['queue', 'rejected', 'runs', 'locks']) {
      mkdirSync(join(spool, folder, 'folder.json'), { recursive: true, mode: 0o700 })
      for (const name of foreign) writeFileSync(join(spool, folder, name), 'not ours')
    }
    writeFileSync(join(spool, 'note.txt'), 'not ours')
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    expect(warningsOf(await exec(['a-job', ...JOB], env))).toEqual([])
    expect(delivered(api)).toEqual(ALL)
    const result = await cronitor(['spool', 'flush'], env)
    expect({ status: result.status, stdout: String(result.stdout), stderr: String(result.stderr) }).toEqual({
      status: 0,
      stdout: '0 delivered, 0 left\n',
      stderr: '',
    })
    for (const folder of ['queue', 'rejected', 'runs', 'locks'])
      for (const name of foreign) expect(readFileSync(join(spool, folder, name), 'utf8')).toBe('not ours')
  })

  test('as a folder with the name of an event does not hold up the rest', async () => {
    const api = await apiForTest()
    const spool = newSpool()
    const file = filled(spool)
    renameSync(file, join(spool, 'elsewhere'))
    mkdirSync(file)
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    expect(warningsOf(await exec(['a-job', ...JOB], env))).toHaveLength(0)
    expect(delivered(api)).toEqual(REST)
    expect(existsSync(file)).toBe(true)
  })

  test.skipIf(noUser !== undefined || !isRoot)(
    'as a file of root’s that the user may not read is left alone, and the rest is delivered',
    async () => {
      const api = await apiForTest()
      const home = userHome()
      const spool = join(home, 'spool')
      const file = filled(spool)
      execFileSync('chown', ['-R', '--reference', home, spool])
      chownSync(file, 0, 0)
      const options = { cwd: '/', env: reportingTo(api, { HOME: home, CRONITOR_SPOOL_DIR: spool }) }
      expect(warningsOf(await run(asUser([paths.bin.exec, 'a-job', ...JOB]), options))).toEqual([])
      expect(delivered(api)).toEqual(REST)
      const result = await run(asUser([paths.bin.cronitor, 'spool', 'flush']), options)
      expect({
        status: result.status,
        stdout: String(result.stdout),
        stderr: linesOf(result.stderr),
      }).toEqual({
        status: 1,
        stdout: '0 delivered, 1 left\n',
        stderr: [expect.stringContaining('cannot be read: permission denied')],
      })
      const list = await run(asUser([paths.bin.cronitor, 'spool', 'list']), options)
      expect({ status: list.status, stderr: linesOf(list.stderr) }).toEqual({
        status: 0,
        stderr: [expect.stringContaining('cannot be read: permission denied')],
      })
      // And delivered once it may be.
      execFileSync('chown', ['--reference', home, file])
      expect((await run(asUser([paths.bin.cronitor, 'spool', 'flush']), options)).status).toBe(0)
      expect(delivered(api)).toEqual(ALL)
    },
  )

  test('is bounded, and is not read as a whole, however much it is', { timeout: 4 * LONG_MS }, async () => {
    let isDown = false
    const api = await apiForTest({ respond: () => ({ status: isDown ? 503 : 200 }) })
    const spool = newSpool()
    const count = Number(process.env.DISK_FAULTS_EVENTS || 20_000)
    fillQueue(
      spool,
      Array.from({ length: count / 2 }, (_, index) =>
        seriesOf(`other-${index % 100}`, `series ${index}`),
      ).flat(),
      OTHER_KEY,
    )
    const env = reportingTo(api, { CRONITOR_SPOOL_DIR: spool })
    const long = { timeoutMs: LONG_MS }
    expect(warningsOf(await exec(['a-job', ...JOB], env, long))).toEqual([])
    expect(takenOf(api)).toEqual(['run', 'fail'])
    expect(waitingIn(spool)).toBe(count)

    // With something to keep: 64 MiB of files that each take a block of 4 KiB. How much a run drops, if anything, is its choice,
    // since it is not to stay for long.
    isDown = true
    const most = (64 * 1024) / 4
    const own = warningsOf(await exec(['--deliver-within', '500ms', 'a-job', ...JOB], env, long))
    expect(own.filter(line => line.includes('kept in the spool'))).toHaveLength(1)
    const DROPPED = / (\d+) events were dropped from the spool: \1 over its size \(--spool-max-size\)$/
    const first = own.map(line => Number(DROPPED.exec(line)?.[1] ?? 0)).reduce((sum, some) => sum + some, 0)
    expect(own).toHaveLength(first > 0 ? 2 : 1)
    // With no time for the queue, the record of the run holds both.
    expect(waitingIn(spool) + 2 * recordsIn(spool).length).toBe(count + 2 - first)

    // The oldest go, all that are too many.
    isDown = false
    const result = await cronitor(['spool', 'flush'], env, long)
    expect({ status: result.status, stdout: String(result.stdout) }).toEqual({
      status: 1,
      stdout: `2 delivered, 0 left, ${most - 2} waiting for another key\n`,
    })
    const rest = linesOf(result.stderr).map(line => Number(DROPPED.exec(line)?.[1]))
    expect(rest).toEqual(first === count + 2 - most ? [] : [count + 2 - most - first])
    expect(takenOf(api)).toEqual(['run', 'fail', 'run', 'fail'])
    expect(new Set(api.events().map(({ apiKey }) => apiKey))).toEqual(new Set([KEY]))
  })
})
