/** The job finds what it would have found without the wrapper: the same script is run bare and wrapped, and compared. */

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRoot, userSpool } from '../../support/other-user.ts'
import { noPty, underPty } from '../../support/pty.ts'
import { paths, start } from '../../support/run.ts'
import { type Comparison, expectEvents, openSandbox, seen } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const sandbox = await openSandbox('surroundings')
const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** The job's whole result is the same with and without the wrapper; returns it, for a look at what it is. */
async function expectSame(comparison: Comparison) {
  const { bare, wrapped, monitorKey } = await sandbox.compare(comparison)
  expect(wrapped).toEqual(bare)
  sandbox.eventsOf(monitorKey)
  return bare
}

const sh = (script: string) => ['sh', '-c', script]
const bash = (script: string) => ['bash', '-c', script]

/** Lines in an order of their own: two pipes arrive when they arrive. */
const lines = (text: string) => text.split('\n').filter(line => line !== '')

describe('stdout and stderr', () => {
  test.each([
    ['> /dev/stdout', 'echo one > /dev/stdout; echo two'],
    ['> /dev/stderr', 'echo one > /dev/stderr; echo two >&2'],
    ['>> /dev/stderr', 'echo one >> /dev/stderr'],
    ['tee /dev/stderr', 'echo both | tee /dev/stderr'],
    ['tee /dev/stdout', 'echo both | tee /dev/stdout'],
    ['tee /dev/fd/2', 'echo both | tee /dev/fd/2'],
    ['/proc/self/fd/1', 'echo one > /proc/self/fd/1'],
    ['2>&1 in the job', '{ echo one; echo two >&2; } 2>&1'],
    ['swapped in the job', '{ echo one; echo two >&2; } 3>&1 1>&2 2>&3'],
    ['a child that opens /dev/stderr itself', 'awk \'BEGIN { print "x" > "/dev/stderr"; print "y" }\''],
  ])('%s works as it does without the wrapper', async (name, script) => {
    if (name.startsWith('/proc') && !linux) return
    const bare = await expectSame({ job: sh(script) })
    expect(bare.status).toBe(0)
    expect(bare.stdout + bare.stderr).not.toBe('')
  })

  test.each([
    ['the same file', '"$@" > out 2>&1; cat out; rm out'],
    ['the same pipe', '"$@" 2>&1 | cat'],
    ['the same file, appended to', 'echo before > out; "$@" >> out 2>&1; echo after >> out; cat out; rm out'],
    [
      'a file whose offset the outer shell shares',
      '{ echo before; "$@" 2>&1; echo after; } > out; cat out; rm out',
    ],
  ])('with stdout and stderr to %s their order is kept', async (_name, around) => {
    const script = 'i=0; while [ $i -lt 500 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done'
    const bare = await expectSame({ around, job: sh(script) })
    expect(lines(bare.stdout).length).toBeGreaterThanOrEqual(1000)
  })

  test('with pipes of their own the order within each is kept', async () => {
    const script = 'i=0; while [ $i -lt 2000 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done'
    const bare = await expectSame({ job: sh(script) })
    expect(lines(bare.stdout)).toHaveLength(2000)
    expect(lines(bare.stderr)).toHaveLength(2000)
  })

  test('stderr opened for appending stays so: nothing that others append is overwritten', async () => {
    const script = 'for i in 1 2 3 4 5; do echo "job $i" >&2; echo "other $i" >> log; done'
    const comparison = { around: 'rm -f log; echo first > log; "$@" 2>> log; sort log', job: sh(script) }
    const bare = await expectSame(comparison)
    expect(lines(bare.stdout)).toHaveLength(11)
  })

  test.skipIf(!linux)('with --no-output the job has the very same stdout and stderr', async () => {
    const show = '( for n in 0 1 2; do readlink /proc/$$/fd/$n; done )'
    const { wrapped } = await sandbox.compare({
      around: `${show} > before; "$@" 3> during; cat before during`,
      job: sh(`${show} >&3`),
      flags: ['--no-output'],
    })
    const [stdin, stdout, stderr, ...ofJob] = lines(wrapped.stdout)
    expect(ofJob).toEqual([stdin, stdout, stderr])
    expect(stdout).not.toBe(stderr)
  })

  test.skipIf(!linux)('stdin is the wrapper’s own descriptor', async () => {
    const bare = await expectSame({
      around: 'echo a-line > in; exec "$@" < in',
      job: sh('readlink /proc/$$/fd/0; cat /proc/$$/fdinfo/0; cat'),
    })
    expect(bare.stdout).toContain('a-line')
  })

  test('stdin is not read: what the job leaves is there for who comes next', async () => {
    const around = 'printf "first\\nsecond\\nthird\\n" > in; { "$@"; cat; } < in; rm in'
    // read takes a line from a file byte by byte, or seeks back (POSIX, read).
    const bare = await expectSame({ around, job: sh('read line; echo "job: $line"') })
    expect(bare.stdout).toBe('job: first\nsecond\nthird\n')
    const piped = `printf "first\\nsecond\\nthird\\n" | { "$@"; cat; }`
    await expectSame({ around: piped, job: sh('read line; echo "job: $line"') })
  })

  test('the wrapper prints nothing if all is well', async () => {
    const bare = await expectSame({ job: ['true'] })
    expect(bare.stdout + bare.stderr).toBe('')
  })
})

describe('flags of the shared descriptors', () => {
  // In a subshell, since a redirection of the outer shell's own would change what is looked at.
  const flagsOf = (pid: string) => `( for n in 0 1 2; do grep flags /proc/${pid}/fdinfo/$n; done )`
  const around = `outer=$$; export outer; ${flagsOf('$$')} > before; "$@"; ${flagsOf('$$')} > after`
  const nonBlocking = 0o4000

  /** Runs a job that looks at the outer shell's flags while the wrapper is at work, and once it has printed. */
  async function expectUntouched(run: (argv: readonly string[]) => Promise<unknown>, key: string) {
    const released = join(sandbox.home, `go-${key}`)
    const job = `echo to stdout; echo to stderr >&2; until [ -e "${released}" ]; do sleep 0.02; done
      ${flagsOf('$outer')} > during; echo more; echo more >&2`
    const argv = ['sh', '-c', around, 'outer', paths.bin.exec, key, '--', 'sh', '-c', job]
    const over = run(argv)
    // By then all that the wrapper opens is open.
    await sandbox.api.waitFor(events =>
      events.some(event => event.monitorKey === key && event.answered === 200),
    )
    writeFileSync(released, '')
    await over
    const [before = '', during, after] = ['before', 'during', 'after'].map(name =>
      String(readFileSync(join(sandbox.home, name))),
    )
    expect(lines(before)).toHaveLength(3)
    expect(during).toBe(before)
    expect(after).toBe(before)
    for (const line of lines(before)) {
      expect(Number.parseInt(line.replace('flags:', '').trim(), 8) & nonBlocking).toBe(0)
    }
    sandbox.eventsOf(key)
  }

  test.skipIf(!linux)('stay as they were with pipes', async () => {
    const key = sandbox.newKey()
    await expectUntouched(async argv => {
      const running = start(argv, { env: sandbox.env, cwd: sandbox.home, stdio: ['pipe', 'pipe', 'pipe'] })
      running.exited.then(() => running.stdin?.end())
      expect(await running.done).toMatchObject({ status: 0 })
    }, key)
  })

  test.skipIf(!linux)('stay as they were with one pipe for stdout and stderr', async () => {
    const key = sandbox.newKey()
    await expectUntouched(
      argv => sandbox.run(['sh', '-c', '"$@" < /dev/zero 2>&1 | cat', 'outer', ...argv]),
      key,
    )
  })

  test.skipIf(!linux)('stay as they were with files', async () => {
    const key = sandbox.newKey()
    writeFileSync(join(sandbox.home, 'in'), 'x')
    await expectUntouched(argv => sandbox.run(['sh', '-c', '"$@" < in > out 2>> err', 'outer', ...argv]), key)
    expect(String(readFileSync(join(sandbox.home, 'out')))).toBe('to stdout\nmore\n')
    expect(String(readFileSync(join(sandbox.home, 'err')))).toBe('to stderr\nmore\n')
  })

  test.skipIf(!linux || noPty !== undefined)('stay as they were with a terminal', async () => {
    const key = sandbox.newKey()
    await expectUntouched(argv => sandbox.run(underPty(argv)), key)
  })

  test.skipIf(!linux)(
    'stay as they were with sockets, which is what Node.js gives its children',
    async () => {
      const key = sandbox.newKey()
      await expectUntouched(async argv => {
        const [program = '', ...args] = argv
        const env = { ...sandbox.env, PATH: '/usr/bin:/bin', CRONITOR_NODE: paths.node }
        const child = spawn(program, args, { cwd: sandbox.home, env })
        const chunks: Buffer[] = []
        child.stdout.on('data', chunk => chunks.push(chunk))
        await new Promise(resolve => child.once('close', resolve))
        expect(String(Buffer.concat(chunks))).toBe('to stdout\nmore\n')
      }, key)
    },
  )

  test.skipIf(!linux)('stay as they were if the wrapper warns', async () => {
    const key = sandbox.newKey()
    const { stderr } = await sandbox.run([
      'sh',
      '-c',
      around,
      'outer',
      paths.bin.exec,
      key,
      '--',
      'no-such-command',
      'x',
    ])
    expect(String(stderr)).toMatch(/command not found/)
    expect(String(readFileSync(join(sandbox.home, 'after')))).toBe(
      String(readFileSync(join(sandbox.home, 'before'))),
    )
  })

  test.skipIf(!linux || noPty !== undefined)(
    'a terminal is still one for its stdin, and not for what is relayed',
    async () => {
      const key = sandbox.newKey()
      const job = 'for n in 0 1 2; do [ -t $n ] && echo "$n: terminal" || echo "$n: none"; done; tty'
      const { stdout } = await sandbox.run(underPty([paths.bin.exec, '--no-output', key, ...sh(job)]))
      const bare = await sandbox.run(underPty(sh(job)))
      const withoutName = (text: Buffer) => String(text).replace(/pts\/\d+/, 'pts/N')
      expect(withoutName(stdout)).toBe(withoutName(bare.stdout))
      expect(String(bare.stdout)).toContain('0: terminal')
    },
  )
})

describe('limits, signals and the like', () => {
  test.each([
    ['soft below hard', 'ulimit -Sn 200; ulimit -Hn 4000'],
    ['soft and hard alike', 'ulimit -Hn 1000; ulimit -Sn 1000'],
    ['both very low', 'ulimit -Sn 60; ulimit -Hn 60'],
  ])('the limits of open files, %s', async (_name, limits) => {
    // -H with a soft limit above it is refused, so the soft one is set first.
    const set = limits.replace(/^(ulimit -Hn \d+); (.*)$/, '$2; $1')
    const bare = await expectSame({ around: `${set}; exec "$@"`, job: sh('ulimit -Sn; ulimit -Hn') })
    expect(lines(bare.stdout)).toHaveLength(2)
  })

  test('a descriptor above the limit of open files does not keep the job from running', async () => {
    const { status, stdout, stderr } = await sandbox.run([
      'bash',
      '-c',
      'exec 90>/dev/null; ulimit -n 60; exec "$@"',
      'bash',
      ...[paths.bin.exec, sandbox.newKey(), ...sh('echo ran')],
    ])
    expect([status, String(stdout), String(stderr)]).toEqual([0, 'ran\n', ''])
  })

  test.skipIf(!linux)('all limits', async () => {
    const bare = await expectSame({
      around: 'ulimit -Sn 300; ulimit -c 0; ulimit -t 1000; exec "$@"',
      job: ['cat', '/proc/self/limits'],
    })
    expect(bare.stdout).toMatch(/Max open files +300 /)
  })

  // CHLD is not among them: dash catches it at its start, so that the launcher cannot know.
  test.skipIf(!linux).each([
    ['none', ':'],
    ['HUP', `trap '' HUP`],
    ['PIPE', `trap '' PIPE`],
    ['INT and QUIT, as a shell does for `&`', `trap '' INT QUIT`],
    ['TERM, USR1, USR2, ALRM, TSTP', `trap '' TERM USR1 USR2 ALRM TSTP`],
    [
      'many',
      `trap '' HUP INT QUIT USR1 SEGV USR2 PIPE ALRM TERM TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS`,
    ],
  ])('ignored signals: %s', async (_name, traps) => {
    const bare = await expectSame({
      around: `${traps}; exec "$@"`,
      shell: 'bash',
      job: ['grep', '^Sig[BI]', '/proc/self/status'],
    })
    expect(bare.stdout).toMatch(/SigIgn:\t[0-9a-f]{16}/)
  })

  const canBlock = linux && spawnSync('env', ['--block-signal=TERM', 'true']).status === 0

  test.skipIf(!canBlock).each(['TERM', 'TERM,USR1,INT', 'HUP'])('blocked signals: %s', async signals => {
    const job = ['grep', '^SigBlk', '/proc/self/status']
    const bare = await expectSame({ around: `exec env --block-signal=${signals} "$@"`, job })
    expect(bare.stdout).not.toMatch(/:\t0+$/)
    await expectSame({ around: `ulimit -Sn 300; exec env --block-signal=${signals} a.b=1 "$@"`, job })
  })

  test.skipIf(!canBlock || !has('bash'))(
    'a blocked TERM waits in the job, and does not end the wrapper’s wait for delivery',
    async () => {
      const key = sandbox.newKey()
      const go = join(sandbox.home, `go-${key}`)
      // dash clears the mask as soon as it starts a process.
      const script = `echo ready; until [ -e "${go}" ]; do sleep 0.02; done; echo still here; exit 6`
      const argv = ['env', '--block-signal=TERM', paths.bin.exec, key, '--', 'bash', '-c', script]
      const running = start(argv, { env: sandbox.env, cwd: sandbox.home })
      await until('the job runs', () => running.output().stdout.includes('ready'))
      running.signal('SIGTERM')
      writeFileSync(go, '')
      expect(seen(await running.done)).toMatchObject({ status: 6, stdout: 'ready\nstill here\n' })
      expectEvents(sandbox, key, { state: 'fail', status: 6, message: 'ready\nstill here\nexit status 6' })
    },
  )

  test('an ignored SIGHUP does not reach the job: nohup protects it', async () => {
    const bare = await expectSame({
      around: 'exec nohup "$@"',
      job: sh('kill -HUP $$; echo survived'),
    })
    expect(bare.stdout).toContain('survived\n')
  })

  test('nohup keeps the wrapper and its job alive when the group is hung up', async () => {
    const key = sandbox.newKey()
    const go = join(sandbox.home, `go-${key}`)
    const job = sh(`echo ready; until [ -e "${go}" ]; do sleep 0.02; done; echo still here; exit 6`)
    const running = start(['nohup', paths.bin.exec, key, '--', ...job], {
      env: sandbox.env,
      cwd: sandbox.home,
    })
    await sandbox.api.waitFor(events => events.some(event => event.monitorKey === key))
    running.signalGroup('SIGHUP')
    writeFileSync(go, '')
    expect(seen(await running.done)).toMatchObject({ status: 6, stdout: 'ready\nstill here\n' })
    expectEvents(sandbox, key, { state: 'fail', status: 6, message: 'ready\nstill here\nexit status 6' })
  })

  test.each(['000', '022', '027', '077'])('umask %s', async mask => {
    const bare = await expectSame({
      around: `umask ${mask}; exec "$@"`,
      job: sh('umask; rm -f f; touch f; ls -l f | cut -c1-10; rm f'),
    })
    expect(bare.stdout).toContain(mask)
  })

  test('nice', async () => {
    const bare = await expectSame({ around: 'exec nice -n 5 "$@"', job: ['nice'] })
    expect(Number(bare.stdout)).toBeGreaterThanOrEqual(5)
  })

  test.skipIf(!linux)('what else the kernel says of a process', async () => {
    const fields =
      'Umask|Uid|Gid|Groups|Cap[A-Z][a-z]+|NoNewPrivs|Seccomp|Cpus_allowed|Mems_allowed|Sig(Blk|Ign)'
    const comparison = {
      around: `echo 300 > /proc/$$/oom_score_adj; exec "$@"`,
      job: sh(
        `grep -E '^(${fields}):' /proc/self/status; cat /proc/self/oom_score_adj /proc/self/coredump_filter`,
      ),
    }
    const bare = await expectSame(comparison)
    expect(lines(bare.stdout).length).toBeGreaterThan(10)
  })

  test.skipIf(!linux)('the job is in the process group and session of the wrapper', async () => {
    // Fields 5 to 8 of /proc/PID/stat: pgrp, session, tty_nr, tpgid.
    const group = (pid: string) => `cut -d' ' -f5-8 /proc/${pid}/stat`
    const { wrapped } = await sandbox.compare({
      around: `${group('$$')}; "$@"`,
      job: sh(group('$$')),
    })
    const [outer, job] = lines(wrapped.stdout)
    expect(job).toBe(outer)
  })

  test.skipIf(!linux)(
    'the job is the process that was asked for: the wrapper’s child, with its own name and words',
    async () => {
      for (const around of ['exec "$@"', `trap '' USR1; ulimit -Sn 200; exec "$@"`]) {
        const bare = await expectSame({ around, job: ['cat', '/proc/self/comm', '/proc/self/cmdline'] })
        expect(bare.stdout).toBe('cat\ncat\0/proc/self/comm\0/proc/self/cmdline\0')
      }
    },
  )
})

/** In a new PID namespace without a /proc of its own, /proc has other processes under the numbers of this one. */
const unshare = ['unshare', '--pid', '--fork', '--']
const whyNoNamespace =
  spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
    ? ''
    : ' (skipped: no right to a PID namespace)'

test.skipIf(whyNoNamespace !== '').each([[[]], [['--lock', '--usage', '--timeout', '1h']]])(
  `with the /proc of another PID namespace and %j the job has its descriptors and is reported${whyNoNamespace}`,
  async flags => {
    const key = sandbox.newKey()
    const job = ['sh', '-c', 'cat; echo err >&2; exit 7']
    const result = await sandbox.run([...unshare, paths.bin.exec, ...flags, key, ...job], {
      input: 'input\n',
    })
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([7, 'input\n', 'err\n'])
    const [, end] = sandbox.eventsOf(key)
    // Memory would be that of another process.
    expect(end.params.getAll('metric').join()).not.toContain('max_rss')
  },
)

describe('descriptors', () => {
  /** What a process has open, without the terminal descriptor of bash itself. */
  const listing = bash(
    'for f in /proc/$$/fd/*; do n=$(basename $f); [ $n -gt 2 ] && [ $n != 255 ] && [ -e $f ] && echo "$n $(readlink $f)"; done',
  )
  /** Closes what the tests themselves were started with, then opens these. */
  const open = (fds: readonly number[]) =>
    [
      'for f in /proc/$$/fd/*; do n=$(basename $f); [ $n -gt 2 ] && [ $n != 255 ] && eval "exec $n>&-"; done',
      ...fds.map(fd => `echo "text of ${fd}" > f${fd}; exec ${fd}<> f${fd}`),
    ].join('; ')

  const sets: readonly (readonly number[])[] = [
    [],
    [3],
    [4],
    [9],
    [10],
    [12],
    [15],
    [16],
    [17],
    [16, 17],
    [16, 18],
    [200],
    [3, 9, 200],
    [3, 12, 15, 16, 17, 200],
    [3, 4, 5, 6, 7, 8, 9],
    [3, 4, 5, 6, 7, 8],
    [10, 11, 12],
    [16, 17, 18, 19, 20, 21, 22, 23, 24],
    [1000],
  ]

  test.skipIf(!linux || !has('bash')).each(sets.map(set => [set]))(
    'those that are open, and no others, reach the job: %j',
    async fds => {
      const bare = await expectSame({ around: `${open(fds)}; exec "$@"`, shell: 'bash', job: listing })
      expect(lines(bare.stdout)).toEqual(
        [...fds].sort((a, b) => (String(a) < String(b) ? -1 : 1)).map(fd => `${fd} ${sandbox.home}/f${fd}`),
      )
    },
  )

  test.skipIf(!linux || !has('bash'))(
    'they can be read, written, and share their offset with the outer shell',
    async () => {
      const fds = [3, 9, 12, 15, 16, 17, 200]
      const use = fds
        .map(fd => `read -r line <&${fd}; echo "$line"; echo "written to ${fd}" >&${fd}`)
        .join('; ')
      const show = fds.map(fd => `echo "outer ${fd}" >&${fd}; cat f${fd}`).join('; ')
      const bare = await expectSame({ around: `${open(fds)}; "$@"; ${show}`, shell: 'bash', job: bash(use) })
      expect(bare.stdout).toContain('text of 200\nwritten to 200\nouter 200\n')
    },
  )

  test.skipIf(!linux || !has('bash'))(
    'a lock on descriptor 200 is held by the job and gone after it',
    async () => {
      const around = 'exec 200> lock; flock 200; "$@" 200>&200; exec 200>&-; flock -n lock echo free'
      const bare = await expectSame({
        around,
        shell: 'bash',
        job: bash('flock -n lock echo free || echo held'),
      })
      expect(bare.stdout).toBe('held\nfree\n')
    },
  )

  test.skipIf(!linux || !has('bash')).each([
    ['0', '0<&-'],
    ['1', '1>&-'],
    ['2', '2>&-'],
    ['0 and 1', '0<&- 1>&-'],
    ['1 and 2', '1>&- 2>&-'],
    ['0 and 2', '0<&- 2>&-'],
    ['0, 1 and 2', '0<&- 1>&- 2>&-'],
  ])('closed %s stay closed', async (_name, closing) => {
    const state = 'r=; for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && r="$r $n:open" || r="$r $n:closed"; done'
    const job = bash(
      `${state}; for f in /proc/$$/fd/*; do [ -e $f ] && r="$r \${f##*/}"; done; echo "$r" > shown`,
    )
    const bare = await expectSame({
      around: `"$@" ${closing}; echo "status $?"; cat shown; rm shown`,
      shell: 'bash',
      job,
    })
    expect(bare.stdout).toMatch(/^status 0\n( \d:(open|closed)){3}/)
    expect(bare.stdout).toContain(':closed')
  })

  test.each([
    ['stdin', 'exec "$@" <&-', ['cat']],
    ['stdout', 'exec "$@" >&-', ['cat', '/dev/null', '/etc/passwd']],
    ['stderr', 'exec "$@" 2>&-', ['sh', '-c', 'echo out; echo err >&2; echo $?']],
    ['all three', 'exec "$@" <&- >&- 2>&-', ['sh', '-c', 'read x; a=$?; echo x; b=$?; exit $((a * 10 + b))']],
  ])('a job fails on closed %s as it does without the wrapper', async (_name, around, job) => {
    await expectSame({ around, job })
  })
})

describe('the working directory', () => {
  test('is the same, by its own name and by PWD', async () => {
    mkdirSync(join(sandbox.home, 'real dir'), { recursive: true })
    symlinkSync('real dir', join(sandbox.home, 'link'))
    const bare = await expectSame({
      around: 'cd link && exec "$@"',
      job: sh('pwd; pwd -P; echo "$PWD"; /bin/pwd'),
    })
    expect(lines(bare.stdout)[0]).toBe(`${sandbox.home}/link`)
    expect(lines(bare.stdout)[1]).toBe(`${sandbox.home}/real dir`)
  })

  const runsAsNobody =
    linux &&
    isRoot &&
    has('setpriv') &&
    spawnSync('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      paths.node,
      paths.bin.execJs,
      '--version',
    ]).status === 0

  // Needs root to become another user, and a checkout and a Node.js that the other user can read.
  test.skipIf(!runsAsNobody)('may be below a folder that the user must not search', async () => {
    const shut = tempDir('shut')
    const inside = join(shut, 'inside')
    mkdirSync(inside)
    chmodSync(inside, 0o777)
    chmodSync(shut, 0o700)
    const asNobody = 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'
    const bare = await expectSame({
      around: `cd '${inside}' && ${asNobody}`,
      job: sh('id -u; echo written > file && cat file; rm file; ls -a | wc -l'),
      env: { HOME: '/nonexistent', CRONITOR_SPOOL_DIR: userSpool() },
    })
    expect(bare).toMatchObject({ status: 0, stdout: '65534\nwritten\n2\n' })
    await expectSame({
      around: `cd '${inside}' && trap '' USR1 && ${asNobody}`,
      job: ['/bin/echo', 'by way of sh'],
      env: { HOME: '/nonexistent', CRONITOR_SPOOL_DIR: userSpool() },
    })
  })
})

describe('the environment', () => {
  const ADDED = /^(CRONITOR_EXEC|CRONITOR_METRICS|CRONITOR_MONITOR_KEY|CRONITOR_RUN_ID|CRONITOR_SERIES)=/

  /** Runs `env -0` bare and wrapped; `around` makes the environment. Values as latin1, so that each byte counts. */
  async function environments(comparison: Partial<Comparison>) {
    const { bare, wrapped, monitorKey } = await sandbox.compare({
      job: ['/usr/bin/env', '-0'],
      ...comparison,
    })
    expect(wrapped.stderr).toBe('')
    expect(wrapped.status).toBe(0)
    const variables = ({ stdout }: { stdout: string }) => stdout.split('\0').filter(entry => entry !== '')
    return {
      monitorKey,
      bare: variables(bare).sort(),
      wrapped: variables(wrapped)
        .filter(entry => !ADDED.test(entry))
        .sort(),
      added: variables(wrapped).filter(entry => ADDED.test(entry)),
    }
  }

  test('has five variables more, and no others', async () => {
    const { bare, wrapped, added, monitorKey } = await environments({})
    expect(wrapped).toEqual(bare)
    const series = sandbox.eventsOf(monitorKey)[0].params.get('series')
    expect(added.sort()).toEqual([
      'CRONITOR_EXEC=1',
      expect.stringMatching(/^CRONITOR_METRICS=\/\S+\/cronitor-\w+\/metrics$/),
      `CRONITOR_MONITOR_KEY=${monitorKey}`,
      `CRONITOR_RUN_ID=${series}`,
      `CRONITOR_SERIES=${series}`,
    ])
  })

  const FROM_CRON = 'exec env -u PWD -u OLDPWD -u SHLVL -u _'
  const cases: readonly (readonly [string, string])[] = [
    [
      'spaces, quotes and line breaks',
      `export A='a b' B="it's" C='say "x"' D='line 1\nline 2' E='trailing\n\n' F=''; exec "$@"`,
    ],
    ['shell characters', `export A='$HOME \`id\` $(id) \\ * ? ~' B='!' C='-n' D='%s\\n\\0'; exec "$@"`],
    [
      'names that no shell takes',
      `exec env a.b=1 'BASH_FUNC_x%%=() { echo f; }' x-y=2 1st=3 'with space=4' "$@"`,
    ],
    ['values that are no UTF-8', `export A=$'\\xff\\xfe' B=$'caf\\xe9' C=$'\\x80\\n\\n'; exec "$@"`],
    ['values that are no UTF-8 in names that no shell takes', `exec env a.b=$'\\xff' x%%=$'\\xfe\\n' "$@"`],
    ['names that are no UTF-8', `exec env $'n\\xff=1' $'caf\\xe9=2' "$@"`],
    ['emoji and other scripts', `export A='🔑 schlüssel' B='日本語'; exec env 'ключ=3' "$@"`],
    ['the launcher’s own names', `export _cx_node=1 _cx_here=2 _cx_dir=3 _cx_word=4 IFS=o _=5; exec "$@"`],
    ['PWD and OLDPWD unset', `exec env -u PWD -u OLDPWD "$@"`],
    ['PWD and OLDPWD that are wrong', `exec env PWD=/elsewhere OLDPWD=/nowhere "$@"`],
    [
      'names that a shell sets',
      `exec env SHLVL=7 PPID=1 OPTIND=9 PS1=x PS4=y RANDOM=4 UID=3 LINENO=5 ENV=/nowhere BASH_ENV=/nowhere "$@"`,
    ],
    ['names that JavaScript knows', `exec env __proto__=1 constructor=2 toString=3 hasOwnProperty=4 "$@"`],
    ['a value of 120,000 bytes', `export A="$(head -c 120000 /dev/zero | tr '\\0' x)"; exec "$@"`],
    [
      '300,000 bytes in all, with names that no shell takes',
      `big="$(head -c 100000 /dev/zero | tr '\\0' x)"; exec env A="$big" B="$big" C="$big" a.b=1 'BASH_FUNC_x%%=() { :; }' L=$'\\xff' "$@"`,
    ],
    // Without PWD the launcher may find that its shell hands on all the rest, and note no more than that.
    ['no PWD, as from cron', `${FROM_CRON} LANG=C "$@"`],
    ['no PWD, and one as long that dash drops', `${FROM_CRON} "a.b=$(printf %s "$PWD" | tr / x)" "$@"`],
    ['no PWD, and two of one name', `${FROM_CRON} A.=1 A=2 "$@"`],
    ['a wrong PWD of the same length', `${FROM_CRON} "PWD=/$(printf %s "\${PWD#/}" | tr a-z b)" "$@"`],
    ['no PWD, and IFS of three characters', `${FROM_CRON} IFS=abc PPID=123 "$@"`],
    ['no PWD, quotes and line breaks', `${FROM_CRON} "A=it's" 'B="' C=$'\\n\\n' D= E=$'\\xff' "$@"`],
    ['no PWD, and the launcher’s own names', `${FROM_CRON} _cx_nl=1 _cx_vars=2 _CRONITOR_X=3 "$@"`],
    ['2,000 variables', `for i in $(seq 2000); do export "V$i=$i"; done; exec "$@"`],
  ]

  describe.skipIf(!linux || !has('bash')).each([
    ['started directly', ''],
    ['started through sh, as an ignored signal needs it', `trap '' USR2; `],
  ])('%s', (_name, first) => {
    test.each(cases)('arrives byte for byte: %s', async (_case, around) => {
      const { bare, wrapped } = await environments({ around: first + around, shell: 'bash' })
      expect(wrapped).toEqual(bare)
    })
  })

  test('a variable that the wrapper sets itself is replaced, not doubled', async () => {
    const { added, monitorKey } = await environments({
      around: 'CRONITOR_EXEC=0 CRONITOR_MONITOR_KEY=outer CRONITOR_SERIES=outer exec "$@"',
    })
    expect(added).toHaveLength(5)
    expect(added).toContain(`CRONITOR_MONITOR_KEY=${monitorKey}`)
    expect(added).not.toContain('CRONITOR_SERIES=outer')
  })

  test('may be empty', async () => {
    const key = sandbox.newKey()
    const beside = tempDir('beside')
    symlinkSync(paths.node, join(beside, 'node'))
    symlinkSync(paths.bin.exec, join(beside, 'cronitor-exec'))
    // Without a spool, since root's would be the machine's own.
    const flags = ['--url', sandbox.api.url, '-k', 'a-key-by-flag', '--no-spool']
    const wrapped = await sandbox.run([
      'env',
      '-i',
      join(beside, 'cronitor-exec'),
      ...flags,
      key,
      '/usr/bin/env',
      '-0',
    ])
    expect(String(wrapped.stderr)).toBe('')
    const series = sandbox.eventsOf(key)[0].params.get('series')
    expect(String(wrapped.stdout).split('\0').filter(Boolean).sort()).toEqual([
      'CRONITOR_EXEC=1',
      expect.stringMatching(/^CRONITOR_METRICS=\/\S+\/cronitor-\w+\/metrics$/),
      `CRONITOR_MONITOR_KEY=${key}`,
      `CRONITOR_RUN_ID=${series}`,
      `CRONITOR_SERIES=${series}`,
    ])
  })

  test('without PATH a command is looked for where execvp looks', async () => {
    await expectSame({ around: 'exec env -u PATH "$@"', job: ['/usr/bin/env', 'echo', 'found'] })
    const { wrapped } = await sandbox.compare({ around: 'exec env -u PATH "$@"', job: ['echo', 'found'] })
    expect(wrapped).toMatchObject({ status: 0, stdout: 'found\n', stderr: '' })
  })

  const hostile: readonly (readonly [string, string])[] = [
    ['NODE_OPTIONS', '--max-old-space-size=100'],
    ['NODE_OPTIONS', '--require /no/such/file.js'],
    ['NODE_OPTIONS', '--no-such-option'],
    ['NODE_OPTIONS', '--import=/no/such/file.mjs --inspect-brk'],
    ['NODE_OPTIONS', ''],
    ['NODE_DEBUG', 'http,net,child_process,fs,module'],
    ['NODE_DEBUG_NATIVE', 'http,inspector_server'],
    ['NODE_V8_COVERAGE', 'coverage'],
    ['NODE_COMPILE_CACHE', 'cache'],
    ['NODE_DISABLE_COMPILE_CACHE', '1'],
    ['NODE_PENDING_DEPRECATION', '1'],
    ['NODE_REDIRECT_WARNINGS', 'warnings'],
    ['NODE_PRESERVE_SYMLINKS', '1'],
    ['NODE_PATH', '/no/such/folder'],
    ['NODE_NO_WARNINGS', '0'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_CHANNEL_FD', '3'],
    ['NODE_UNIQUE_ID', '1'],
    ['NODE_TEST_CONTEXT', 'child-v8'],
    ['NODE_ICU_DATA', '/no/such/folder'],
    ['NODE_REPL_HISTORY', 'history'],
    ['OPENSSL_CONF', '/no/such/file'],
    ['OPENSSL_CONF', '/etc/passwd'],
    ['SSL_CERT_FILE', '/no/such/file'],
    ['UV_THREADPOOL_SIZE', '0'],
    ['UV_USE_IO_URING', '1'],
    ['FORCE_COLOR', '3'],
    ['LC_ALL', 'no_SUCH.locale'],
    ['TZ', 'No/Where'],
    ['TMPDIR', '/no/such/folder'],
    ['POSIXLY_CORRECT', '1'],
    ['XDG_CONFIG_HOME', 'relative'],
  ]

  test.each(hostile)(
    '%s=%s reaches the job, and neither stops the wrapper nor makes it talk',
    async (name, value) => {
      const bare = await expectSame({
        env: { [name]: value },
        job: sh(`printenv ${name}; ls -A "$HOME" | grep -E '^(coverage|cache|warnings|history)'; exit 3`),
      })
      expect(bare).toMatchObject({ status: 3, stdout: `${value}\n`, stderr: '' })
    },
  )

  test('NODE_EXTRA_CA_CERTS that cannot be read is one warning of the wrapper’s, after the output', async () => {
    const comparison = {
      around: '"$@" 2>&1',
      env: { NODE_EXTRA_CA_CERTS: '/no/such/file.pem' },
      job: sh('echo "$NODE_EXTRA_CA_CERTS"; exit 3'),
    }
    const { wrapped } = await sandbox.compare(comparison)
    expect(wrapped.status).toBe(3)
    expect(wrapped.stdout).toMatch(/^\/no\/such\/file\.pem\ncronitor-exec: NODE_EXTRA_CA_CERTS [^\n]+\n$/)
    const quiet = await sandbox.compare({ ...comparison, flags: ['--quiet'] })
    expect(quiet.wrapped).toEqual(quiet.bare)
  })

  test('a Node.js job gets the NODE_OPTIONS that were meant for it', async () => {
    writeFileSync(join(sandbox.home, 'preload.cjs'), 'globalThis.preloaded = "yes"')
    const bare = await expectSame({
      env: { NODE_OPTIONS: '--require ./preload.cjs' },
      job: [paths.node, '-p', 'globalThis.preloaded'],
    })
    expect(bare.stdout).toBe('yes\n')
  })

  test('NODE_OPTIONS reach the job by `cronitor --env x exec` as well', async () => {
    const bare = await expectSame({
      env: { NODE_OPTIONS: '--no-such-option' },
      wrapper: [paths.bin.cronitor, '--env', 'test', 'exec'],
      job: ['printenv', 'NODE_OPTIONS'],
    })
    expect(bare.stdout).toBe('--no-such-option\n')
  })
})

describe.skipIf(
  !linux || !isRoot || spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status !== 0,
)('the wrapper as the first process of a container', () => {
  const inContainer = 'exec unshare --pid --fork --mount-proc "$@"'

  // The kernel keeps from that process the signals that it sends itself, so that it cannot die of one.
  test.each([
    ['exits', 'exit 7', 7],
    ['dies of TERM', 'kill -TERM $$', 143],
    ['dies of KILL', 'kill -KILL $$', 137],
  ])('has the status of a job that %s', async (_how, script, status) => {
    const { wrapped, monitorKey } = await sandbox.compare({ around: inContainer, job: sh(script) })
    expect(wrapped).toMatchObject({ status, stderr: '' })
    sandbox.eventsOf(monitorKey)
  })

  test('passes on TERM, which ends the container', async () => {
    const key = sandbox.newKey()
    const argv = [
      'sh',
      '-c',
      inContainer,
      'outer',
      paths.bin.exec,
      key,
      '--',
      ...sh('echo $PPID; exec sleep 60'),
    ]
    const running = start(argv, { env: sandbox.env, cwd: sandbox.home })
    await sandbox.api.waitFor(events => events.some(event => event.monitorKey === key))
    const children = `/proc/${running.pid}/task/${running.pid}/children`
    process.kill(Number(readFileSync(children, 'utf8')), 'SIGTERM')
    expect(seen(await running.done)).toMatchObject({ status: 143, stdout: '1\n', stderr: '' })
  })
})

describe('a wrapper inside a job', () => {
  test('has its own series, and passes everything on', async () => {
    const inner = sandbox.newKey()
    const outer = sandbox.newKey()
    const result = await sandbox.run([
      paths.bin.exec,
      outer,
      paths.bin.exec,
      inner,
      'sh',
      '-c',
      'env | sort | grep -E "^CRONITOR_(E|SERIES)"; exit 9',
    ])
    expect(result.status).toBe(9)
    const series = (key: string) => sandbox.eventsOf(key)[0].params.get('series')
    expect(series(inner)).not.toBe(series(outer))
    expect(String(result.stdout)).toBe(
      `CRONITOR_ENV=test\nCRONITOR_EXEC=1\nCRONITOR_SERIES=${series(inner)}\n`,
    )
    expect(String(result.stderr)).toBe('')
  })

  test.skipIf(!linux || !has('bash'))(
    'keeps limits, signals, descriptors and environment through both',
    async () => {
      const around = `ulimit -Sn 250; trap '' HUP; echo x > f; exec 3< f 17< f; exec env a.b=1 "$@"`
      const job = bash(
        'ulimit -Sn; grep SigIgn /proc/$$/status; readlink /proc/$$/fd/3 /proc/$$/fd/17; env | grep a.b=',
      )
      const inner = sandbox.newKey()
      await expectSame({ around, shell: 'bash', job, wrapper: [paths.bin.exec, inner, '--', paths.bin.exec] })
    },
  )
})

describe('an outer shell', () => {
  test.each(['TERM', 'INT', 'HUP', 'KILL'])(
    'sees the job’s death by %s as without the wrapper',
    async signal => {
      for (const shell of ['sh', 'bash'] as const) {
        if (!has(shell)) continue
        const around = 'for i in 1 2; do "$@"; echo "status $?"; done 2>/dev/null'
        const bare = await expectSameStatus({ around, shell, job: sh(`echo run; kill -${signal} $$`) })
        expect(bare.stdout).toMatch(/^run\nstatus 1\d\d\nrun\nstatus 1\d\d\n$/)
      }
    },
  )

  /** As `expectSame`, for scenes in which the wrapper runs several times. */
  async function expectSameStatus(comparison: Comparison) {
    const { bare, wrapped } = await sandbox.compare(comparison)
    expect(wrapped).toEqual(bare)
    return bare
  }

  test.skipIf(!has('bash')).each(['SIGINT', 'SIGTERM'] as const)(
    'ends its loop when its whole group gets %s, as without the wrapper',
    async signal => {
      const results = []
      for (const wrapper of [[], [paths.bin.exec, sandbox.newKey(), '--']]) {
        const ready = join(sandbox.home, `ready-${wrapper.length}-${signal}`)
        const job = ['sh', '-c', `touch ${ready}; exec sleep 60`]
        const loop = ['bash', '-c', 'for i in 1 2 3; do "$@"; echo "after $i"; done', 'outer']
        const running = start([...loop, ...wrapper, ...job], { env: sandbox.env, cwd: sandbox.home })
        await expect.poll(() => existsSync(ready), { timeout: 180_000, interval: 20 }).toBe(true)
        running.signalGroup(signal)
        const { status, signal: died, stdout } = await running.done
        results.push({ status, died, stdout: String(stdout) })
      }
      expect(results[0]).toEqual({ status: null, died: signal, stdout: '' })
      expect(results[1]).toEqual(results[0])
    },
  )
})

describe('node bin/cronitor-exec.js, without the launcher', () => {
  const wrapper = [paths.node, paths.bin.execJs]

  test.each([
    ['streams', sh('echo out; echo err >&2; echo again > /dev/stdout; echo more | tee /dev/stderr; exit 4')],
    ['stdin', ['cat']],
    ['umask and directory', sh('umask; pwd')],
    ['environment', sh('env | grep -v ^CRONITOR_ | sort')],
  ])('%s are the same', async (_name, job) => {
    const { bare, wrapped } = await sandbox.compare({ job, wrapper, input: 'some input\n' })
    expect({ ...wrapped, stdout: lines(wrapped.stdout).sort() }).toEqual({
      ...bare,
      stdout: lines(bare.stdout).sort(),
    })
  })

  test('adds its five variables and leaves no internal one', async () => {
    const { wrapped } = await sandbox.compare({
      job: sh('env | cut -d= -f1 | grep -E "^_?C" | sort'),
      wrapper,
    })
    expect(lines(wrapped.stdout)).toEqual(
      [
        ...Object.keys(sandbox.env).filter(name => name.startsWith('C')),
        'CRONITOR_EXEC',
        'CRONITOR_METRICS',
        'CRONITOR_MONITOR_KEY',
        'CRONITOR_NODE',
        'CRONITOR_RUN_ID',
        'CRONITOR_SERIES',
      ].sort(),
    )
  })
})
