/** `cronitor try` by hand: what it says, how it ends, and what becomes of signals. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { killMarked, MARK, markedProcesses } from '../../support/job-processes.ts'
import { KEY } from '../../support/key.ts'
import { asUser, isRoot, userHome, whyNoUser } from '../../support/other-user.ts'
import { hasProc, isIdle } from '../../support/process-state.ts'
import { paths, type Running, type RunOptions, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { hasPty, shown, startInTerminal } from '../../support/terminal.ts'
import { until } from '../../support/until.ts'
import { apiForTest, linesOf, statesOf } from '../../support/wrapper.ts'

const tryIt = async (args: readonly string[], options: RunOptions = {}) => {
  const { status, signal, stdout, stderr } = await run([paths.bin.cronitor, 'try', ...args], options)
  return { status, signal, stdout: String(stdout), stderr: String(stderr) }
}

/** The line is due, and is run, at no time. */
const line = (command: string) => `0 0 31 2 * ${command}`

/** Starts a job that can be found by its mark, and waits until it prints. */
async function startMarked(command: string): Promise<{ running: Running; mark: string }> {
  const mark = `${process.pid}-${performance.now()}`
  const running = start([paths.bin.cronitor, 'try', '--quiet', `${MARK}=${mark}\n${line(command)}`])
  onTestFinished(() => {
    killMarked(mark)
  })
  await until('the job runs', () => String(running.output().stdout).includes('ready'))
  return { running, mark }
}

test('the job gets cron’s environment, and nothing of the shell', async () => {
  const { stdout, stderr } = await tryIt(
    ['--quiet', `TERM=from-crontab\nA="x  y"\n${line('env; echo "$0"; pwd; cat')}`],
    {
      env: { SECRET: 'of the shell', TERM: 'of the shell' },
      input: 'of the shell',
    },
  )
  const lines = stdout.split('\n')
  expect(lines).toEqual(expect.arrayContaining(['SHELL=/bin/sh', 'A=x  y', 'TERM=from-crontab', '/bin/sh']))
  expect(lines.some(each => /^PATH=\/usr\/bin:\/bin/.test(each))).toBe(true)
  expect(stdout).not.toContain('of the shell')
  expect(stderr).toBe('')
})

test('output and input are pipes, and both streams of the output keep their order', async () => {
  const command = 'echo one; echo two >&2; echo three; test -p /proc/self/fd/0 && cat%four%five'
  const { stdout, stderr } = await tryIt(['--quiet', line(command)])
  expect([stdout, stderr]).toEqual(['one\ntwo\nthree\nfour\nfive\n', ''])
})

const noUser = whyNoUser()

// As after su: the process may not open its standard error again, and another one writes there.
test.skipIf(noUser !== undefined)(
  `the lines keep their order in a pipe of another user${noUser ? ` (skipped: ${noUser})` : ''}`,
  async () => {
    const home = userHome()
    const words = Array.from({ length: 30 }, (_, index) => `no-such-${index}`)
    const argv = asUser([paths.bin.cronitor, 'try', line(words.join('; '))])
    const { stdout } = await run(['/bin/sh', '-c', '"$@" 2>&1 | cat', 'sh', ...argv], {
      cwd: home,
      env: { HOME: home },
    })
    const found = [...String(stdout).matchAll(/does not find (no-such-\w+)|(the given line)|(no terminal)/g)]
    expect(found.map(([, word, ...others]) => word ?? others.find(Boolean))).toEqual([
      'the given line',
      ...words,
      'no terminal',
    ])
  },
)

test('cronie’s input can be larger than a pipe', async () => {
  const command = line(`wc -c; exit 4%${'x'.repeat(100_000)}`)
  const { status, stdout } = await tryIt(['--quiet', '--dialect', 'cronie', command])
  expect([status, stdout.trim()]).toEqual([4, '100001'])
})

test.each([
  ['exit 3', { status: 3, signal: null }],
  ['kill -TERM $$', { status: null, signal: 'SIGTERM' }],
  ['exit 0', { status: 0, signal: null }],
])('it ends as the job does: %s', async (command, end) => {
  expect(await tryIt(['--quiet', line(command)])).toMatchObject(end)
})

describe('before the job runs, it names', () => {
  test('programs that cron does not find', async () => {
    const bin = join(tempDir('bin'), 'bin')
    mkdirSync(bin)
    for (const name of ['only-here', 'env']) writeFileSync(join(bin, name), '#!/bin/sh\n', { mode: 0o755 })
    const command = 'only-here -a | no-such-program; env >/dev/null; /no/such/file; exit 0'
    const { stderr } = await tryIt([line(command)], { env: { PATH: `${bin}:/usr/bin:/bin` } })
    expect(stderr).toContain(`cronitor: cron does not find only-here: its PATH is /usr/bin:/bin`)
    expect(stderr).toContain(`here it is ${bin}/only-here\n`)
    expect(stderr).toMatch(/^cronitor: cron does not find no-such-program: .* does not find it either$/m)
    expect(stderr).toMatch(/^cronitor: env is \/usr\/bin\/env; here .*\/bin\/env$/m)
    expect(stderr).toContain('cronitor: cron does not find /no/such/file: there is no such program\n')
  })

  test('what cron does silently with the line and the variables above it', async () => {
    const crontab = `PATH=$HOME/bin:/usr/bin\n${line('true +%Y')}`
    const { stderr } = await tryIt(['--dialect', 'debian', crontab])
    expect(stderr).toContain('cronitor: line 1: cron does not expand "$HOME" in PATH')
    expect(stderr).toContain('cronitor: the first "%" ends the command')
    expect(stderr).toContain('cronitor: the job is never due')
  })

  test('what differs from this shell, without values that may be secret', async () => {
    const { stderr } = await tryIt([`TOKEN=other\n${line('true')}`], {
      env: { TOKEN: 's3cret', ONLY_HERE: 's3cret', LANG: 'xx_YY', PATH: '/opt/x:/usr/bin:/bin' },
    })
    expect(stderr).toContain('cronitor: the given line, as ')
    expect(stderr).toMatch(/^cronitor: PATH is \/usr\/bin:\/bin\S*; here \/opt\/x:\/usr\/bin:\/bin$/m)
    expect(stderr).toMatch(/^cronitor: another value than here: TOKEN$/m)
    expect(stderr).toMatch(/^cronitor: not set: .*\bONLY_HERE\b/m)
    expect(stderr).toMatch(/^cronitor: no terminal; the input is empty$/m)
    expect(stderr).not.toContain('s3cret')
  })
})

describe('a line that is not run ends with 125 and the reason:', () => {
  const file = join(tempDir('tab'), 'tab')
  writeFileSync(file, `A=1\n# no job\n61 * * * * x\n${line('true')}\n`)
  test.each([
    [
      ['--dialect', 'debian', '0 0 * * 8 x'],
      `the given line is not run: Debian's cron ignores the whole file because of this line: bad day-of-week "8"`,
    ],
    [[`${file}:1`], `line 1 of ${file} is no job: it sets the variable A`],
    [[`${file}:2`], `line 2 of ${file} is no job: it is empty or a comment`],
    [[`${file}:9`], `line 9 of ${file} does not exist: there are 4`],
    [[`${file}x:1`], `${file}x does not exist`],
    [['--system', line('no-such-user true')], 'there is no user no-such-user on this host'],
    [['--user', 'no-such-user', line('true')], 'there is no user no-such-user on this host'],
    [
      ['--dialect', 'cronie', `HOME=/no/such\n${line('true')}`],
      'cronie does not run the job, because it cannot enter',
    ],
    [['--no-report', line('cronitor ping x --ok')], 'only the form that cronitor crontab wrap writes'],
  ])('%j', async (args, problem) => {
    const { status, stdout, stderr } = await tryIt(args)
    expect(stderr).toContain(`cronitor: ${problem}`)
    expect([status, stdout]).toEqual([125, ''])
  })

  test.skipIf(isRoot)('the line of another user, unless root runs it', async () => {
    const { status, stderr } = await tryIt(['--system', line('root true')])
    expect([status, stderr]).toEqual([
      125,
      'cronitor: the given line is run as root, which only root can do\n',
    ])
  })

  test('but Debian’s cron is only said to run no line of a file with a broken one', async () => {
    const { status, stderr } = await tryIt(['--dialect', 'debian', `${file}:4`])
    expect(status).toBe(0)
    expect(stderr).toContain("cronitor: Debian's cron ignores the whole file because of line 3: bad minute")
  })
})

test.each([[['x']], [['/etc']], [[]], [['--dialect', 'other', line('true')]]])(
  'a wrong command line ends with 2: %j',
  async args => {
    const { status, stdout, stderr } = await tryIt(args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^cronitor: .*; see cronitor try --help\n$/)
  },
)

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s reaches the whole group, and nothing is left',
    async signal => {
      const { running, mark } = await startMarked('sleep 60 & sleep 60 | cat & echo ready; wait; echo never')
      running.signal(signal)
      expect((await running.done).signal).toBe(signal)
      expect(markedProcesses(mark)).toEqual([])
    },
  )

  test('a job that ignores it is killed by the second one', async () => {
    const { running, mark } = await startMarked("trap '' TERM; sleep 60 & echo ready; wait; sleep 60")
    running.signal('SIGTERM')
    await new Promise(resolve => setTimeout(resolve, 200))
    if (hasProc) await until('it is taken', () => isIdle(running.pid))
    expect(markedProcesses(mark).length).toBeGreaterThan(0)
    running.signal('SIGTERM')
    expect((await running.done).signal).toBe('SIGKILL')
    await until('the job is gone', () => markedProcesses(mark).length === 0)
  })

  test('a process in the background goes on after the end of the job, and its output is shown', async () => {
    const go = join(tempDir('go'), 'go')
    const command = `(until [ -e ${go} ]; do sleep 0.02; done; echo late) & echo early`
    const running = start([paths.bin.cronitor, 'try', line(command)])
    const told = 'a process that the job has started still runs, as it would under cron\n'
    await until('it is told', () => running.output().stderr.includes(told))
    writeFileSync(go, '')
    const { status, stdout } = await running.done
    expect([status, String(stdout)]).toEqual([0, 'early\nlate\n'])
  })
})

test.skipIf(!hasPty)('in a terminal, the job has none', async () => {
  const command = line('tty; (: </dev/tty) 2>/dev/null || echo none; test -t 1 || echo "no terminal"')
  const terminal = startInTerminal([paths.bin.cronitor, 'try', '--quiet', command])
  await terminal.done
  expect(shown(terminal)).toBe('not a tty\nnone\nno terminal\n')
})

test('--print shows what would be run, and runs nothing', async () => {
  const args = [
    '--print',
    '--quiet',
    '--dialect',
    'cronie',
    `A=1\n${line('-n echo "\\% x"; exit 3%one%two')}`,
  ]
  const { status, stdout, stderr } = await tryIt(args)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(
    /^schedule {2}0 0 31 2 \*\nuser {6}\S+ \(\d+\)\nfolder {4}\S+\numask {5}0\d{3}\nnice/,
  )
  expect(stdout).toContain('command   echo "% x"; exit 3\ninput     one\n          two\n\n')
  expect(stdout).toMatch(
    /^A=1\nSHELL=\/bin\/sh\nHOME=.*\nPATH=\/usr\/bin:\/bin:\/usr\/sbin:\/sbin\nLOGNAME=.*\nUSER=/m,
  )
})

describe('a line that the wrapper monitors', () => {
  async function monitored(args: readonly string[]) {
    const api = await apiForTest()
    const crontab = [
      `CRONITOR_NODE=${paths.node}`,
      `CRONITOR_TELEMETRY_URL=${api.url}`,
      `CRONITOR_API_KEY=${KEY}`,
      `CRONITOR_SPOOL_DIR=${tempDir('spool')}`,
      line(`exec ${paths.bin.exec} nightly 'only-wrapped; echo "$CRONITOR_MONITOR_KEY"; exit 3'`),
    ].join('\n')
    return { ...(await tryIt([...args, crontab])), events: api.events() }
  }

  test('is run as it is, and reported', async () => {
    const { status, stdout, stderr, events } = await monitored([])
    expect([status, linesOf(Buffer.from(stdout)).at(-1)]).toEqual([3, 'nightly'])
    expect(statesOf(events)).toEqual(['run', 'fail'])
    expect(stderr).toContain(
      'this run is reported as nightly; --no-report runs the command without cronitor-exec',
    )
    // The wrapped command is looked at too.
    expect(stderr).toContain('cron does not find only-wrapped')
  })

  test('is run without the wrapper with --no-report', async () => {
    const { status, stdout, stderr, events } = await monitored(['--no-report'])
    expect([status, linesOf(Buffer.from(stdout)).at(-1), statesOf(events)]).toEqual([
      3,
      expect.stringContaining('not found'),
      [],
    ])
    expect(stderr).not.toContain('reported')
  })
})
