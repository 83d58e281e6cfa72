/** The wrapper's exit status is the job's, and its events say how the job ended. */

import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PRINTED_KEY } from '../../support/key.ts'
import { paths } from '../../support/run.ts'
import { expectEvents, openSandbox } from '../../support/sandbox.ts'

const sandbox = await openSandbox('exit-status')

function file(name: string, text: string, mode: number): string {
  const path = join(sandbox.home, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe.each([
  ['cronitor-exec', [paths.bin.exec]],
  ['cronitor exec', [paths.bin.cronitor, 'exec']],
  ['node bin/cronitor-exec.js', [paths.node, paths.bin.execJs]],
])('%s', (_name, wrapper) => {
  test.each([0, 1, 2, 42, 124, 125, 126, 127, 128, 255])('exit status %i is passed on', async status => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...wrapper, key, 'sh', '-c', `exit ${status}`])
    expect(result).toMatchObject({ status, signal: null })
    expect(String(result.stdout) + String(result.stderr)).toBe('')
    expectEvents(
      sandbox,
      key,
      status === 0
        ? { state: 'complete', status, message: undefined }
        : { state: 'fail', status, message: `exit status ${status}` },
    )
  })

  test.each(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGKILL', 'SIGPIPE', 'SIGUSR1', 'SIGALRM'] as const)(
    'the wrapper dies of %s as its job did',
    async signal => {
      const key = sandbox.newKey()
      const result = await sandbox.run([...wrapper, key, 'sh', '-c', `kill -${signal.slice(3)} $$`])
      expect(result).toMatchObject({ status: null, signal })
      expect(String(result.stderr)).toBe('')
      const status = 128 + constants.signals[signal]
      expectEvents(sandbox, key, { state: 'fail', status, message: `killed by ${signal}` })
    },
  )

  test.each(['SIGSEGV', 'SIGQUIT', 'SIGABRT', 'SIGFPE', 'SIGBUS', 'SIGILL', 'SIGSYS', 'SIGTRAP'] as const)(
    'the wrapper exits with 128+N if %s has dumped the job, and dumps no core itself',
    async signal => {
      const key = sandbox.newKey()
      const status = 128 + constants.signals[signal]
      const job = `ulimit -c 0; kill -${signal.slice(3)} $$`
      const result = await sandbox.run([...wrapper, key, 'sh', '-c', job])
      expect(result).toMatchObject({ status, signal: null })
      expectEvents(sandbox, key, { state: 'fail', status, message: `killed by ${signal}` })
    },
  )
})

test.each(['HUP', 'INT', 'TERM', 'KILL', 'SEGV', 'PIPE', 'USR2'])(
  'an outer shell sees the same $? for a job that died of %s as without the wrapper',
  async signal => {
    const { bare, wrapped } = await sandbox.compare({
      around: 'ulimit -c 0; "$@" 2>/dev/null; echo "status $?"',
      job: ['sh', '-c', `kill -${signal} $$`],
    })
    expect(bare.stdout).toMatch(/^status 1\d\d\n$/)
    expect(wrapped.stdout).toBe(bare.stdout)
  },
)

test('each signal that ends a process gives an outer shell the same $? as without the wrapper', async () => {
  // STOP, TSTP, TTIN and TTOU stop it; CHLD, CONT, URG and WINCH do nothing.
  const deadly = Object.entries(constants.signals).filter(
    ([name]) => !/^SIG(STOP|TSTP|TTIN|TTOU|CHLD|CONT|URG|WINCH|IOT|POLL|INFO)$/.test(name),
  )
  expect(deadly.length).toBeGreaterThan(20)
  for (const [name, number] of deadly) {
    const { bare, wrapped, monitorKey } = await sandbox.compare({
      around: 'ulimit -c 0; "$@" 2>/dev/null; echo "status $?"',
      job: ['sh', '-c', `kill -${number} $$`],
    })
    expect([name, bare.stdout]).toEqual([name, `status ${128 + number}\n`])
    expect([name, wrapped.stdout]).toEqual([name, bare.stdout])
    expectEvents(sandbox, monitorKey, { state: 'fail', status: 128 + number, message: `killed by ${name}` })
  }
})

// Node.js tells a child's death by a signal that it has no name for (32 and up) as exit status 0 and no signal, and
// has waited for the child by then, so that nothing is left to ask. The test says when that has changed.
test.fails('a realtime signal is reported as 128+N', async () => {
  const { bare, wrapped } = await sandbox.compare({
    around: '"$@" 2>/dev/null; echo "status $?"',
    job: ['sh', '-c', 'kill -40 $$'],
  })
  expect(wrapped.stdout).toBe(bare.stdout)
})

test('the message of a failed job is its output, then the reason', async () => {
  const key = sandbox.newKey()
  const result = await sandbox.run([paths.bin.exec, key, 'sh', '-c', 'echo to stdout; exit 3'])
  expect(result.status).toBe(3)
  expectEvents(sandbox, key, { state: 'fail', status: 3, message: 'to stdout\nexit status 3' })
})

test('with --no-output the message is the reason alone', async () => {
  const key = sandbox.newKey()
  const result = await sandbox.run([paths.bin.exec, '--no-output', key, 'sh', '-c', 'echo printed; exit 3'])
  expect(String(result.stdout)).toBe('printed\n')
  expectEvents(sandbox, key, { state: 'fail', status: 3, message: 'exit status 3' })
})

test('the duration is the time that the job took, in seconds', async () => {
  const key = sandbox.newKey()
  const before = performance.now()
  await sandbox.run([paths.bin.exec, key, 'sleep', '0.5'])
  const around = (performance.now() - before) / 1000
  const seconds = Number(sandbox.eventsOf(key)[1].params.get('metric')?.replace('duration:', ''))
  expect(seconds).toBeGreaterThanOrEqual(0.49)
  expect(seconds).toBeLessThanOrEqual(around)
})

describe('a command that cannot be run', () => {
  interface Refusal {
    readonly why: string
    readonly command: readonly string[]
    readonly status: 126 | 127
    readonly reason: string
    readonly env?: Readonly<Record<string, string>>
  }

  const script = (text: string, name: string) => file(name, text, 0o755)
  const plain = file('no-execute-bit', '#!/bin/sh\nexit 0\n', 0o644)
  const folder = join(sandbox.home, 'a-folder')
  mkdirSync(join(folder, 'inside'), { recursive: true })
  const lost = script('#!/no/such/interpreter\n', 'lost-interpreter')
  const lostByEnv = script('#!/no/such/interpreter -x\necho hi\n', 'lost-with-argument')
  const barredBy = script(`#!${plain}\n`, 'interpreter-not-executable')

  const refusals: readonly Refusal[] = [
    {
      why: 'a name that is nowhere on PATH',
      command: ['no-such-command', 'x'],
      status: 127,
      reason: 'command not found: no-such-command',
    },
    {
      why: 'a path that does not exist',
      command: ['/no/such/path', 'x'],
      status: 127,
      reason: 'command not found: /no/such/path',
    },
    {
      why: 'a single plain word that is nowhere on PATH',
      command: ['no-such-command'],
      status: 127,
      reason: 'command not found: no-such-command',
    },
    {
      why: 'a file without the execute bit',
      command: [plain, 'x'],
      status: 126,
      reason: `permission denied: ${plain}`,
    },
    {
      why: 'a name on PATH without the execute bit',
      command: ['no-execute-bit', 'x'],
      env: { PATH: `${sandbox.home}:/usr/bin:/bin` },
      status: 126,
      reason: `permission denied: ${plain}`,
    },
    { why: 'a directory', command: [folder, 'x'], status: 126, reason: `is a directory: ${folder}` },
    {
      why: 'a file used as a directory (ENOTDIR)',
      command: [`${plain}/x`, 'x'],
      status: 126,
      reason: `not a directory on the way to ${plain}/x`,
    },
    {
      why: 'a script whose interpreter is missing',
      command: [lost, 'x'],
      status: 127,
      reason: `the interpreter /no/such/interpreter of ${lost} was not found`,
    },
    {
      why: 'a script whose interpreter, given with an argument, is missing',
      command: [lostByEnv, 'x'],
      status: 127,
      reason: `the interpreter /no/such/interpreter of ${lostByEnv} was not found`,
    },
    {
      why: 'a script whose interpreter is not executable',
      command: [barredBy, 'x'],
      status: 126,
      reason: `the interpreter ${plain} of ${barredBy} cannot be run`,
    },
    {
      why: 'a name that is nowhere, with a PATH that names a file and a folder that is not there',
      command: ['no-such-command', 'x'],
      env: { PATH: `/no/such/folder:/etc/passwd:/usr/bin:/bin` },
      status: 127,
      reason: 'command not found: no-such-command',
    },
    { why: 'an empty word', command: ['', 'x'], status: 127, reason: "command not found: ''" },
  ]

  const surroundings = [
    ['started directly', 'exec "$@"'],
    ['started through sh, as an ignored signal needs it', `trap '' USR2; exec "$@"`],
  ] as const

  describe.each(surroundings)('%s', (_name, around) => {
    test.each(refusals)('$why: status $status, one warning, and a fail that says so', async refusal => {
      const key = sandbox.newKey()
      const outer = ['sh', '-c', around, 'outer']
      const result = await sandbox.run([...outer, paths.bin.exec, key, '--', ...refusal.command], {
        ...(refusal.env && { env: refusal.env }),
      })
      expect(result).toMatchObject({ status: refusal.status, signal: null })
      expect(String(result.stdout)).toBe('')
      expect(String(result.stderr)).toBe(`cronitor-exec: ${refusal.reason}\n`)
      expectEvents(sandbox, key, { state: 'fail', status: refusal.status, message: refusal.reason })
    })
  })

  test('the same without the launcher', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([paths.node, paths.bin.execJs, key, 'no-such-command', 'x'])
    expect(result.status).toBe(127)
    expect(String(result.stderr)).toBe('cronitor-exec: command not found: no-such-command\n')
    expectEvents(sandbox, key, { state: 'fail', status: 127, message: 'command not found: no-such-command' })
  })

  test('the reason why the job cannot run comes before any warning about its events', async () => {
    const flags = ['--url', 'http://127.0.0.1:1', '--deliver-within', '200ms', '--no-spool']
    const result = await sandbox.run([paths.bin.exec, ...flags, sandbox.newKey(), 'no-such-command', 'x'])
    expect(result.status).toBe(127)
    const [first, second] = String(result.stderr).split('\n')
    expect(first).toBe('cronitor-exec: command not found: no-such-command')
    expect(second).toMatch(/^cronitor-exec: run and fail could not be delivered within 200ms/)
  })

  test('--quiet silences the warning, not the event', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([paths.bin.exec, '--quiet', key, 'no-such-command', 'x'])
    expect(result.status).toBe(127)
    expect(String(result.stderr)).toBe('')
    expectEvents(sandbox, key, { state: 'fail', status: 127, message: 'command not found: no-such-command' })
  })

  test('a command later on PATH is run if an earlier one is not executable, as execvp does', async () => {
    const later = join(sandbox.home, 'later')
    mkdirSync(later)
    writeFileSync(join(later, 'no-execute-bit'), '#!/bin/sh\necho later\n', { mode: 0o755 })
    const { bare, wrapped } = await sandbox.compare({
      around: `PATH=${sandbox.home}:${later}:$PATH; exec "$@"`,
      job: ['env', 'no-execute-bit'],
    })
    expect(bare.stdout).toBe('later\n')
    expect(wrapped).toEqual(bare)
  })
})

describe('a script without #!', () => {
  // A shell runs it itself (POSIX, 2.9.1.1); execvp(3) does so too. A plain execve(2) gives ENOEXEC.
  const bareScript = file('no-shebang', 'echo "by a shell: $1"\nexit 5\n', 0o755)

  test.each([
    ['by its path', [bareScript, 'one word']],
    ['by its name on PATH', ['no-shebang', 'one word']],
  ])('is run as a shell runs it, %s', async (_name, command) => {
    const key = sandbox.newKey()
    const env = { PATH: `${sandbox.home}:/usr/bin:/bin` }
    const result = await sandbox.run([paths.bin.exec, key, ...command], { env })
    expect(String(result.stdout)).toBe('by a shell: one word\n')
    expect(result.status).toBe(5)
    expectEvents(sandbox, key, { state: 'fail', status: 5, message: 'by a shell: one word\nexit status 5' })
  })
})

describe.skipIf(process.platform !== 'linux')(
  'the limit of a command line (Linux: a quarter of the stack)',
  () => {
    /** Bytes of arguments that this Node.js can just be started with beside `argv`. */
    function mostThatFits(argv: readonly string[], env: Readonly<Record<string, string>>): number {
      let fits = 0
      let tooMuch = 64 * 1024 * 1024
      while (tooMuch - fits > 64) {
        const middle = (fits + tooMuch) >>> 1
        const [program = '', ...args] = [...argv, ...filling(middle)]
        const { error } = spawnSync(program, args, { env })
        if (error === undefined) fits = middle
        else tooMuch = middle
      }
      return fits
    }

    /** Words of 64 KiB; a single one may have 128 KiB at the most. */
    function filling(bytes: number): string[] {
      const words = Array.from({ length: Math.floor(bytes / 65_536) }, () => 'x'.repeat(65_527))
      const rest = (bytes % 65_536) - 9
      return rest > 0 ? [...words, 'x'.repeat(rest)] : words
    }

    test.skipIf(process.platform !== 'linux')(
      'a program that is being written is 126, with that reason',
      async () => {
        const path = join(sandbox.home, 'busy')
        copyFileSync('/bin/true', path)
        const writing = openSync(path, 'a')
        const result = await sandbox.run([paths.bin.exec, sandbox.newKey(), path])
        closeSync(writing)
        expect([result.status, String(result.stderr)]).toEqual([
          126,
          `cronitor-exec: is being written: ${path}\n`,
        ])
      },
    )

    test('a job whose argument list is too long is 126, with that reason', async () => {
      const key = sandbox.newKey()
      // The path of a script counts twice, and on the wrapper's command line once; PATH does not count there.
      const deep = `${sandbox.home}/${'./'.repeat(1900)}`
      file('tiny', '#!/bin/true\n', 0o755)
      const env = { ...sandbox.env, PATH: `${deep}:/usr/bin:/bin`, CRONITOR_NODE: paths.node }
      const most = mostThatFits(['/bin/true', paths.bin.execJs, key, 'tiny'], env)
      const result = await sandbox.run([paths.node, paths.bin.execJs, key, 'tiny', ...filling(most - 1500)], {
        env,
      })
      expect(result).toMatchObject({ status: 126, signal: null })
      expect(String(result.stderr)).toMatch(/^cronitor-exec: argument list too long: .*tiny\n$/)
      const [, ended] = sandbox.eventsOf(key)
      expect(ended.params.get('state')).toBe('fail')
      expect(ended.params.get('status_code')).toBe('126')
      expect(ended.params.get('message')).toMatch(/^argument list too long: /)
    })

    test('a job with an argument of nearly 128 KiB and a command line of nearly 2 MB runs', async () => {
      const key = sandbox.newKey()
      const words = ['x'.repeat(131_000), ...filling(1_600_000)]
      const result = await sandbox.run([paths.bin.exec, key, 'sh', '-c', 'echo $#', 'sh', ...words])
      expect(String(result.stderr)).toBe('')
      expect(String(result.stdout)).toBe(`${words.length}\n`)
      expectEvents(sandbox, key, { state: 'complete', status: 0, message: String(words.length) })
    })
  },
)

describe('a working directory that no longer exists', () => {
  const gone = (then: string) => `mkdir gone.$$ && cd gone.$$ && rmdir ../gone.$$ && ${then}`

  // Where sh is dash, the launcher's own start says so on stderr before its first line is read, as every
  // script of a crontab would: `sh: 0: getcwd() failed`.
  const withoutDash = (stderr: string) => stderr.replace(/^sh: 0: getcwd\(\) failed: .*\n/, '')

  test.each([
    ['the launcher', [paths.bin.exec]],
    ['node bin/cronitor-exec.js', [paths.node, paths.bin.execJs]],
  ])('by %s: a job with an absolute path runs as it does without the wrapper', async (_name, wrapper) => {
    const { bare, wrapped, monitorKey } = await sandbox.compare({
      around: gone('exec "$@"'),
      job: ['/bin/echo', 'all the same'],
      wrapper,
    })
    expect(bare).toMatchObject({ status: 0, stdout: 'all the same\n', stderr: '' })
    expect({ ...wrapped, stderr: withoutDash(wrapped.stderr) }).toEqual(bare)
    expectEvents(sandbox, monitorKey, { state: 'complete', status: 0, message: 'all the same' })
  })

  test('./x has another reason than a command that is merely missing', async () => {
    const { wrapped, monitorKey } = await sandbox.compare({ around: gone('exec "$@"'), job: ['./x', 'y'] })
    const reason = 'command not found: ./x (the working directory no longer exists)'
    expect(wrapped.status).toBe(127)
    expect(withoutDash(wrapped.stderr)).toBe(`cronitor-exec: ${reason}\n`)
    expectEvents(sandbox, monitorKey, { state: 'fail', status: 127, message: reason })
  })
})

describe('a wrong command line', () => {
  const job = ['sh', '-c', 'touch ran']

  const wrong: readonly (readonly [string, readonly string[]])[] = [
    ['no arguments', []],
    ['a key and no command', ['some-key']],
    ['a key, -- and no command', ['some-key', '--']],
    ['an unknown option', ['--no-such-option', 'some-key', ...job]],
    ['an unknown short option', ['-Z', 'some-key', ...job]],
    ['an option without its value', ['--env']],
    ['a method that there is none of', ['--method', 'PUT', 'some-key', ...job]],
    ['a duration without a unit that is known', ['--deliver-within', '10y', 'some-key', ...job]],
    ['a negative duration', ['--deliver-within=-1', 'some-key', ...job]],
    ['an address that is none', ['--url', 'nowhere', 'some-key', ...job]],
    ['an address of another scheme', ['--url', 'ftp://127.0.0.1/', 'some-key', ...job]],
    ['variables and no command', ['some-key', 'A=1', 'B=2']],
    ['a shell that there is none of', ['--shell', '/no/such/shell', 'some-key', ...job]],
    ['an empty key', ['', ...job]],
    ['a key with a space', ['some key', ...job]],
    ['a key with a line break', ['some\nkey', ...job]],
    ['a key with a control character', ['some\u0001key', ...job]],
    ['a key with a space that is not ASCII', ['some\u2003key', ...job]],
    ['the key .', ['.', ...job]],
    ['the key ..', ['..', ...job]],
    ['a key of 129 characters', ['k'.repeat(129), ...job]],
    ['a switch with a value', ['--quiet=yes', 'some-key', ...job]],
  ]

  describe.each([
    ['cronitor-exec', [paths.bin.exec]],
    ['cronitor exec', [paths.bin.cronitor, 'exec']],
  ])('%s', (_name, wrapper) => {
    test.each(wrong)(
      '%s: status 125, one line on stderr, the job not run, nothing sent',
      async (_why, args) => {
        const before = sandbox.api.events().length
        const result = await sandbox.run([...wrapper, ...args])
        expect(result).toMatchObject({ status: 125, signal: null })
        expect(String(result.stdout)).toBe('')
        expect(String(result.stderr)).toMatch(/^cronitor(-exec)?: [^\n]+\n$/)
        expect(String(result.stderr)).not.toContain(PRINTED_KEY)
        expect(readdirSync(sandbox.home)).not.toContain('ran')
        expect(sandbox.api.events().length).toBe(before)
      },
    )
  })

  test('the longest key, and one with characters that a path has to encode, are taken', async () => {
    for (const key of ['k'.repeat(128), 'a/b?c#d%e&f', 'schlüssel-🔑', '...']) {
      const result = await sandbox.run([paths.bin.exec, key, 'true'])
      expect(String(result.stderr)).toBe('')
      expect(result.status).toBe(0)
      expectEvents(sandbox, key, { state: 'complete', status: 0, message: undefined })
    }
  })

  test('wrong values in the environment are one warning each, and the job runs', async () => {
    const key = sandbox.newKey()
    const env = { CRONITOR_DELIVER_WITHIN: 'soon' }
    const result = await sandbox.run([paths.bin.exec, key, 'sh', '-c', 'exit 4'], { env })
    expect(result.status).toBe(4)
    expect(String(result.stderr)).toMatch(/^cronitor-exec: [^\n]*CRONITOR_DELIVER_WITHIN[^\n]*\n$/)
    expectEvents(sandbox, key, { state: 'fail', status: 4, message: 'exit status 4' })
  })
})

test('run is delivered before the end is sent, even if the job takes no time', async () => {
  const key = sandbox.newKey()
  const answered: (string | null)[] = []
  const { respond } = sandbox.api
  sandbox.api.respond = async request => {
    if (request.monitorKey === key) {
      // The other event has every chance to overtake.
      await new Promise(resolve => setTimeout(resolve, 50))
      answered.push(`${request.state} with ${sandbox.api.events(key).length} seen`)
    }
    return { status: 200 }
  }
  await sandbox.run([paths.bin.exec, key, 'true'])
  sandbox.api.respond = respond
  expect(answered).toEqual(['run with 1 seen', 'complete with 2 seen'])
})
