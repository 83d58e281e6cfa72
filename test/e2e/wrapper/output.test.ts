/** The job's output arrives byte for byte, in memory that does not grow; the job notices a reader that goes away. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths, start } from '../../support/run.ts'
import { expectEvents, openSandbox } from '../../support/sandbox.ts'
import { until } from '../../support/until.ts'

const sandbox = await openSandbox('output')
const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const sh = (script: string) => ['sh', '-c', script]

const KiB = 1024
const MiB = 1024 * KiB

/**
 * `node generate.cjs SEED BYTES DIGEST [PROGRESS]` prints bytes that look random and are the same each time, writes
 * their SHA-256 to DIGEST, and meanwhile how many have been taken to PROGRESS.
 */
const generator = join(sandbox.home, 'generate.cjs')
writeFileSync(
  generator,
  `const { createCipheriv, createHash } = require('node:crypto')
const { openSync, writeFileSync, writeSync } = require('node:fs')
const [seed, bytes, digest, progress] = process.argv.slice(2)
const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16))
const hash = createHash('sha256')
const zeros = Buffer.alloc(65536)
const told = progress && openSync(progress, 'w')
let taken = 0
while (taken < Number(bytes)) {
  let rest = cipher.update(zeros.subarray(0, Math.min(65536, bytes - taken)))
  hash.update(rest)
  while (rest.length > 0) {
    const length = writeSync(1, rest)
    rest = rest.subarray(length)
    taken += length
    if (told) writeSync(told, String(taken).padStart(12), 0)
  }
}
writeFileSync(digest, hash.digest('hex'))
`,
)

const generate = (seed: string, bytes: number, digest: string, progress = '') =>
  `"${paths.node}" "${generator}" ${seed} ${bytes} ${digest} ${progress}`
const digestIn = (name: string) => String(readFileSync(join(sandbox.home, name)))

/** Keeps the SHA-256 and the length of what it is given, and nothing else. */
function hasher() {
  const hash: Hash = createHash('sha256')
  let length = 0
  return {
    take(chunk: Buffer) {
      length += chunk.length
      hash.update(chunk)
    },
    length: () => length,
    hex: () => hash.digest('hex'),
  }
}

describe('a great deal of output', () => {
  /** The highest resident set that the wrapper, which is the job's parent, has had so far: proc_pid_status(5). */
  const peak = (name: string) => `grep VmHWM /proc/$PPID/status > ${name}`
  const peakIn = (name: string) =>
    Number(/\d+/.exec(String(readFileSync(join(sandbox.home, name))))?.[0]) * KiB

  test('1 GiB on stdout and 64 MiB on stderr at once arrive whole, in memory that does not grow', async () => {
    await sandbox.run([
      paths.bin.exec,
      sandbox.newKey(),
      ...sh(`echo; sleep 0.3; ${linux ? peak('idle') : ':'}`),
    ])

    const stdout = hasher()
    const stderr = hasher()
    const key = sandbox.newKey()
    const job = `${generate('1', 1024 * MiB, 'out')} & ${generate('2', 64 * MiB, 'err')} >&2 & wait; ${linux ? peak('busy') : ':'}`
    const { status } = await sandbox.run([paths.bin.exec, key, ...sh(job)], {
      onStdout: stdout.take,
      onStderr: stderr.take,
      timeoutMs: 280_000,
    })
    expect(status).toBe(0)
    expect(stdout.length()).toBe(1024 * MiB)
    expect(stderr.length()).toBe(64 * MiB)
    expect(stdout.hex()).toBe(digestIn('out'))
    expect(stderr.hex()).toBe(digestIn('err'))
    expect(sandbox.eventsOf(key)[1].params.get('message')).toMatch(/^\[… [\d.]+ GB earlier\] /)
    if (linux) expect(peakIn('busy')).toBeLessThan(peakIn('idle') + 64 * MiB)
  }, 300_000)

  test('node bin/cronitor-exec.js passes on as much, through its own FIFOs', async () => {
    const stdout = hasher()
    const key = sandbox.newKey()
    const argv = [paths.node, paths.bin.execJs, key, ...sh(generate('3', 64 * MiB, 'plain'))]
    expect(await sandbox.run(argv, { onStdout: stdout.take })).toMatchObject({ status: 0 })
    expect(stdout.hex()).toBe(digestIn('plain'))
  })

  test('a file takes it all', async () => {
    const job = sh(`${generate('4', 64 * MiB, 'to-file')}; ${generate('5', 8 * MiB, 'to-file-err')} >&2`)
    const argv = ['sh', '-c', '"$@" > big 2> big-err', 'outer', paths.bin.exec, sandbox.newKey(), ...job]
    expect(await sandbox.run(argv)).toMatchObject({ status: 0 })
    const digest = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(sandbox.home, name)))
        .digest('hex')
    expect(digest('big')).toBe(digestIn('to-file'))
    expect(digest('big-err')).toBe(digestIn('to-file-err'))
  })

  test('a socket, which is what Node.js gives its children, takes it all', async () => {
    const env = { ...sandbox.env, PATH: '/usr/bin:/bin', CRONITOR_NODE: paths.node }
    const job = sh(
      `${generate('6', 32 * MiB, 'to-socket')} & ${generate('7', 8 * MiB, 'to-socket-err')} >&2 & wait`,
    )
    const child: ChildProcess = spawn(paths.bin.exec, [sandbox.newKey(), ...job], { cwd: sandbox.home, env })
    const [stdout, stderr] = [hasher(), hasher()]
    child.stdout?.on('data', stdout.take)
    child.stderr?.on('data', stderr.take)
    const status = await new Promise(resolve => child.once('close', resolve))
    expect(status).toBe(0)
    expect(stdout.hex()).toBe(digestIn('to-socket'))
    expect(stderr.hex()).toBe(digestIn('to-socket-err'))
  })

  test('a reader that takes little at a time gets it all, in order', async () => {
    const stdout = hasher()
    const key = sandbox.newKey()
    const argv = [paths.bin.exec, key, '--', ...sh(generate('8', 4 * MiB, 'slow'))]
    // dd takes 1,000 bytes at a time, which is neither PIPE_BUF nor a page.
    const around = '"$@" | dd bs=1000 2>/dev/null; exit 0'
    await sandbox.run(['sh', '-c', around, 'outer', ...argv], { onStdout: stdout.take })
    expect(stdout.hex()).toBe(digestIn('slow'))
    sandbox.eventsOf(key)
  })

  test('a reader that stalls stalls the job, as without the wrapper, and then gets it all', async () => {
    const stdout = hasher()
    const key = sandbox.newKey()
    const job = sh(generate('9', 64 * MiB, 'stalled', 'progress'))
    const running = start([paths.bin.exec, key, ...job], {
      env: sandbox.env,
      cwd: sandbox.home,
      onStdout: stdout.take,
    })
    running.stdout?.pause()
    const progress = join(sandbox.home, 'progress')
    // The job has stalled once its progress is the same at many looks.
    let [last, same] = [-1, 0]
    await expect
      .poll(
        () => {
          const taken =
            existsSync(progress) && statSync(progress).size > 0 ? Number(readFileSync(progress)) : -1
          same = taken === last && taken > 0 ? same + 1 : 0
          last = taken
          return same
        },
        { timeout: 180_000, interval: 20 },
      )
      .toBeGreaterThan(25)
    // Two pipes (64 KiB each on Linux), the reader's own buffer and one of the wrapper's.
    expect(last).toBeLessThan(1 * MiB)
    running.stdout?.resume()
    expect(await running.done).toMatchObject({ status: 0 })
    expect(stdout.hex()).toBe(digestIn('stalled'))
    sandbox.eventsOf(key)
  })
})

describe('input', () => {
  test.each([
    ['a pipe', 'exec "$@"'],
    ['a file', 'cat > in; exec "$@" < in'],
    ['another program', 'cat | "$@"'],
  ])('16 MiB from %s reach the job whole', async (_name, around) => {
    const input = randomBytes(16 * MiB)
    const { bare, wrapped, monitorKey } = await sandbox.compare({
      around,
      job: [
        paths.node,
        '-e',
        `
        const hash = require('node:crypto').createHash('sha256')
        const buffer = Buffer.alloc(65536)
        for (let length; (length = require('node:fs').readSync(0, buffer)) > 0; ) hash.update(buffer.subarray(0, length))
        console.log(hash.digest('hex'))`,
      ],
      input,
    })
    const expected = createHash('sha256').update(input).digest('hex')
    expect(bare.stdout).toBe(`${expected}\n`)
    expect(wrapped).toEqual(bare)
    expectEvents(sandbox, monitorKey, { state: 'complete', status: 0, message: expected })
  })

  test('input and output at once, through a job that passes the one to the other', async () => {
    const input = randomBytes(8 * MiB)
    const result = await sandbox.run([paths.bin.exec, sandbox.newKey(), 'cat'], { input })
    expect(result.status).toBe(0)
    expect(result.stdout.equals(input)).toBe(true)
  })

  test('that is closed is closed for the job as well', async () => {
    const { bare, wrapped } = await sandbox.compare({ around: 'exec "$@" <&-', job: ['cat'] })
    expect(bare.status).not.toBe(0)
    expect(wrapped).toEqual(bare)
  })
})

describe('what is printed arrives as it is', () => {
  test.each([
    ['nothing', 'true'],
    ['no final newline', 'printf "no newline"'],
    ['no final newline on stderr', 'printf "no newline" >&2'],
    ['an empty line', 'echo'],
    ['NULs and bytes that are no UTF-8', `printf '\\000\\377\\376\\000\\303\\n'`],
    ['CR, tabs and ANSI sequences', `printf '\\033[31mred\\033[0m\\r\\tx\\033]0;title\\007'`],
    ['both streams', 'printf out; printf err >&2'],
    ['a line after a pause', 'printf a; sleep 0.1; printf b'],
    ['one byte at a time', 'for i in 1 2 3 4 5 6 7 8 9; do printf $i; done'],
  ])('%s', async (_name, script) => {
    for (const wrapper of [[paths.bin.exec], [paths.node, paths.bin.execJs]]) {
      const { bare, wrapped, monitorKey } = await sandbox.compare({ job: sh(script), wrapper })
      expect(wrapped).toEqual(bare)
      sandbox.eventsOf(monitorKey)
    }
  })

  test('while the job runs, not only at its end', async () => {
    const key = sandbox.newKey()
    const go = join(sandbox.home, `go-${key}`)
    const job = sh(`echo first; echo second >&2; until [ -e ${go} ]; do sleep 0.02; done; echo third`)
    const running = start([paths.bin.exec, key, ...job], { env: sandbox.env, cwd: sandbox.home })
    await expect
      .poll(() => String(running.output().stdout) + String(running.output().stderr), {
        timeout: 180_000,
        interval: 20,
      })
      .toBe('first\nsecond\n')
    writeFileSync(go, '')
    expect(String((await running.done).stdout)).toBe('first\nthird\n')
  })

  test('the message has both streams, and says how much was printed before what it shows', async () => {
    const key = sandbox.newKey()
    const go = join(sandbox.home, `go-${key}`)
    const job = `seq 1 20000; echo last >&2; until [ -e ${go} ]; do sleep 0.02; done; echo end`
    const running = start([paths.bin.exec, key, ...sh(job)], { env: sandbox.env, cwd: sandbox.home })
    // Of two streams, the wrapper may read the one that was written to later first.
    await until('both have come', () => {
      const { stdout, stderr } = running.output()
      return stdout.includes('\n20000\n') && stderr.includes('last')
    })
    writeFileSync(go, '')
    await running.done
    const message = sandbox.eventsOf(key)[1].params.get('message') ?? ''
    expect(message).toMatch(/^\[… [\d.]+ k?K?B earlier\] /)
    expect(message.length).toBeLessThanOrEqual(2000)
    expect(message).toMatch(/20000\n/)
    expect(message).toMatch(/end$/)
  })
})

describe('a reader that goes away', () => {
  test.skipIf(!has('bash')).each([
    ['yes | head -1', ['yes'], 'exec 2>&1; "$@" | head -1; echo "${PIPESTATUS[*]}"'],
    ['a shell that prints', sh('while :; do echo line; done'), '"$@" | head -1; echo "${PIPESTATUS[*]}"'],
    ['a job that has ended by then', ['echo', 'one'], '"$@" | head -1; echo "${PIPESTATUS[*]}"'],
    [
      'stderr',
      sh('while :; do echo line >&2; done'),
      '"$@" 2>&1 >/dev/null | head -1; echo "${PIPESTATUS[*]}"',
    ],
    [
      'a job that ignores SIGPIPE',
      ['yes'],
      `trap '' PIPE; "$@" 2>/dev/null | head -1; echo "\${PIPESTATUS[*]}"`,
    ],
    ['a reader that reads nothing', ['yes'], '"$@" | true; echo "${PIPESTATUS[*]}"'],
  ])('reaches the job as without the wrapper: %s', async (_name, job, around) => {
    const { bare, wrapped, monitorKey } = await sandbox.compare({ around, shell: 'bash', job })
    expect(wrapped).toEqual(bare)
    sandbox.eventsOf(monitorKey)
  })

  test('the event of such a job says SIGPIPE, and nothing is warned of', async () => {
    const key = sandbox.newKey()
    const { stderr } = await sandbox.run([
      'sh',
      '-c',
      '"$@" | head -1',
      'outer',
      paths.bin.exec,
      key,
      '--',
      'yes',
    ])
    expect(String(stderr)).toBe('')
    await sandbox.api.waitFor(events => events.filter(event => event.monitorKey === key).length === 2)
    const [, ended] = sandbox.eventsOf(key)
    expect(ended.params.get('status_code')).toBe('141')
    expect(ended.params.get('message')).toMatch(/y\nkilled by SIGPIPE$/)
  })

  test('on one stream leaves the other alone', async () => {
    const key = sandbox.newKey()
    const job = sh(
      `trap '' PIPE; i=0; while echo x 2>/dev/null; do i=$((i+1)); done; echo "stderr still works" >&2; exit 5`,
    )
    const around = '{ "$@" | true; } 2>&1'
    const { stdout } = await sandbox.run(['sh', '-c', around, 'outer', paths.bin.exec, key, '--', ...job])
    expect(String(stdout)).toBe('stderr still works\n')
    await sandbox.api.waitFor(events => events.filter(event => event.monitorKey === key).length === 2)
    expect(sandbox.eventsOf(key)[1].params.get('status_code')).toBe('5')
  })
})

describe.skipIf(!linux)('a place that is full (/dev/full)', () => {
  const full = (to: string) => ['sh', '-c', `exec "$@" ${to} /dev/full`, 'outer', paths.bin.exec]

  test('ends a job that goes on printing, with one warning', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...full('>'), key, '--', 'yes'])
    expect(result).toMatchObject({ status: null, signal: 'SIGPIPE' })
    expect(String(result.stderr)).toMatch(/^cronitor-exec: [^\n]*stdout[^\n]*ENOSPC[^\n]*\n$/)
    expect(sandbox.eventsOf(key)[1].params.get('message')).toMatch(/killed by SIGPIPE$/)
  })

  test('leaves the status of a job that printed once', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...full('>'), key, '--', ...sh('echo once; exit 4')])
    expect(result).toMatchObject({ status: 4, signal: null })
    expect(String(result.stderr)).toMatch(/^cronitor-exec: [^\n]*stdout[^\n]*ENOSPC[^\n]*\n$/)
    expectEvents(sandbox, key, { state: 'fail', status: 4, message: 'once\nexit status 4' })
  })

  test('for stderr leaves stdout as it is', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...full('2>'), key, '--', ...sh('echo err >&2; echo out; exit 4')])
    expect(result).toMatchObject({ status: 4, signal: null })
    expect(String(result.stdout)).toBe('out\n')
    expect(sandbox.eventsOf(key)[1].params.get('status_code')).toBe('4')
  })

  test('--quiet says nothing of it', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...full('>'), '--quiet', key, '--', ...sh('echo once')])
    expect(result).toMatchObject({ status: 0 })
    expect(String(result.stderr)).toBe('')
  })
})
