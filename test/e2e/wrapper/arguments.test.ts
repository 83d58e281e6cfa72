/** The job's words arrive as they were given; options end at the monitor key. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths } from '../../support/run.ts'
import { expectEvents, openSandbox } from '../../support/sandbox.ts'

const sandbox = await openSandbox('arguments')
const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** Prints each of its arguments, ended by a NUL. */
const show = join(sandbox.home, 'show-arguments')
writeFileSync(show, '#!/bin/sh\n[ $# -eq 0 ] || printf "%s\\0" "$@"\n')
chmodSync(show, 0o755)
const shown = (stdout: Buffer | string) => String(stdout).split('\0').slice(0, -1)

const wrappers: readonly (readonly [string, readonly string[]])[] = [
  ['cronitor-exec', [paths.bin.exec]],
  ['cronitor exec', [paths.bin.cronitor, 'exec']],
  ['node bin/cronitor-exec.js', [paths.node, paths.bin.execJs]],
]

describe.each(wrappers)('%s', (_name, wrapper) => {
  const words: readonly (readonly [string, readonly string[]])[] = [
    ['spaces', ['a b', ' ', '  leading and trailing  ']],
    ['quotes', ["it's", '"x"', "'", '"', '`id`', '\\', '\\\\', "'\\''"]],
    ['line breaks and tabs', ['a\nb', '\n', 'x\n\n', '\t', '\r', 'a\r\nb']],
    [
      'shell characters',
      ['*', '?', '[a-z]', '~', '$HOME', '$(id)', '${x}', '&', ';', '|', '>', '<', '#', '!', '{a,b}', '='],
    ],
    ['empty words', ['', 'x', '', '']],
    ['one empty word', ['']],
    ['emoji and other scripts', ['🔑', '👩🏽‍🚀', 'schlüssel', '日本語', '\u200b', '\u0301']],
    ['control characters', ['\u0001\u0002\u007f', '\u001b[31m']],
    [
      'what looks like the wrapper’s options',
      ['-k', 'x', '--env', 'prod', '--quiet', '--help', '-h', '--version', '-V', '--no-output', '--url=x'],
    ],
    ['single dashes', ['-', '--', '-', '--', '-x', '--', '']],
    ['what looks like a subcommand', ['exec', 'ping', 'help', 'serve']],
    ['numbers and paths', ['-1', '+1', '/', '.', '..', './x', '@file', '%s', '%00']],
  ]

  test.each(words)('%s arrive unchanged', async (_what, args) => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...wrapper, key, show, ...args])
    expect(String(result.stderr)).toBe('')
    expect(result.status).toBe(0)
    expect(shown(result.stdout)).toEqual(args)
    sandbox.eventsOf(key)
  })

  test('one -- directly after the key is dropped, and no other', async () => {
    for (const [given, arriving] of [
      [['--', show, 'a'], ['a']],
      [
        ['--', show, '--', 'a'],
        ['--', 'a'],
      ],
      [
        ['--', show, 'a', '--'],
        ['a', '--'],
      ],
      [
        [show, '--', 'a', '--', 'b'],
        ['--', 'a', '--', 'b'],
      ],
    ] as const) {
      const result = await sandbox.run([...wrapper, sandbox.newKey(), ...given])
      expect(shown(result.stdout)).toEqual(arriving)
    }
  })

  test('of two -- after the key the second is the command', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...wrapper, key, '--', '--', show])
    expect(result.status).toBe(127)
    expectEvents(sandbox, key, { state: 'fail', status: 127, message: 'command not found: --' })
  })

  test('a command after -- may begin with a dash', async () => {
    const dashed = join(sandbox.home, '-dashed')
    writeFileSync(dashed, '#!/bin/sh\necho "dashed $1"\n', { mode: 0o755 })
    const env = { PATH: `${sandbox.home}:/usr/bin:/bin` }
    const result = await sandbox.run([...wrapper, sandbox.newKey(), '--', '-dashed', '-x'], { env })
    expect(String(result.stdout)).toBe('dashed -x\n')
    const ignoring = ['sh', '-c', `trap '' USR1; exec "$@"`, 'outer']
    const throughSh = await sandbox.run([...ignoring, ...wrapper, sandbox.newKey(), '--', '-dashed', '-x'], {
      env,
    })
    expect(String(throughSh.stdout)).toBe('dashed -x\n')
  })

  test('options are read in either form, and end at the key', async () => {
    for (const [flags, env] of [
      [['--env', 'prod'], 'prod'],
      [['--env=prod'], 'prod'],
      [['--env='], null],
      [['--env=a=b'], 'a=b'],
      [['--env', '--quiet'], '--quiet'],
      [['--env', 'first', '--env', 'second'], 'second'],
      [['--quiet', '--env', 'prod', '--no-output'], 'prod'],
      [['--env', 'exec'], 'exec'],
    ] as const) {
      const key = sandbox.newKey()
      const result = await sandbox.run([...wrapper, ...flags, key, show, '--env', 'of the job'])
      expect(String(result.stderr)).toBe('')
      expect(shown(result.stdout)).toEqual(['--env', 'of the job'])
      // An empty value counts as none, and the environment's is taken.
      expect([...flags, sandbox.eventsOf(key)[0].params.get('env')]).toEqual([
        ...flags,
        env ?? expect.anything(),
      ])
    }
  })

  test('a switch never swallows what follows it', async () => {
    for (const flag of ['--quiet', '--no-output', '--verbose']) {
      const key = sandbox.newKey()
      const result = await sandbox.run([...wrapper, flag, key, show, 'a'])
      expect(shown(result.stdout)).toEqual(['a'])
      sandbox.eventsOf(key)
    }
  })

  test('-- in front of the key is allowed as well', async () => {
    const key = sandbox.newKey()
    const result = await sandbox.run([...wrapper, '--env', 'prod', '--', key, show, '--', 'a'])
    expect(shown(result.stdout)).toEqual(['--', 'a'])
    sandbox.eventsOf(key)
  })

  test('2,000 arguments arrive', async () => {
    const args = Array.from({ length: 2000 }, (_, index) => `argument ${index} 'of' "many" *`)
    const result = await sandbox.run([...wrapper, sandbox.newKey(), show, ...args])
    expect(shown(result.stdout)).toEqual(args)
  })
})

describe.skipIf(!linux || !has('bash'))('bytes that are no UTF-8', () => {
  test.each([
    ['among others', `"$@" $'a\\xff\\xfeb' plain $'caf\\xe9' ''`],
    ['with line breaks at their end', `"$@" $'\\xff\\n\\n' $'\\n\\xff'`],
    ['all of them but NUL', `"$@" "$(for i in $(seq 1 255); do printf "\\\\$(printf %03o $i)"; done)"`],
    ['beside U+FFFD itself', `"$@" $'\\xef\\xbf\\xbd' $'\\xff'`],
    ['beside emoji', `"$@" 🔑 $'\\xf0\\x9f' -- '*'`],
    ['where a signal is ignored', `trap '' USR1; "$@" $'\\xff' 'a b'`],
  ])('arrive unchanged, %s', async (_name, around) => {
    const { bare, wrapped, monitorKey } = await sandbox.compare({ around, shell: 'bash', job: [show] })
    expect(bare.stdout).not.toBe('')
    expect(wrapped).toEqual(bare)
    sandbox.eventsOf(monitorKey)
  })

  test('in a single word reach the shell', async () => {
    const key = sandbox.newKey()
    const around = `exec "$@" $'printf \\xff%s x'`
    const { stdout } = await sandbox.run(['bash', '-c', around, 'outer', paths.bin.exec, key])
    expect(stdout.toString('latin1')).toBe('\xffx')
  })

  test('in the name of the command', async () => {
    const around = `cp show-arguments $'caf\\xe9'; ./$'caf\\xe9' x >/dev/null; exec "$@" ./$'caf\\xe9' 'a b'`
    const { stdout } = await sandbox.run(['bash', '-c', around, 'outer', paths.bin.exec, sandbox.newKey()])
    expect(shown(stdout)).toEqual(['a b'])
  })
})

describe('a single word', () => {
  const shellThatTells = join(sandbox.home, 'tells')
  writeFileSync(shellThatTells, '#!/bin/sh\nprintf "%s\\0" "$@"\n', { mode: 0o755 })
  const notExecutable = join(sandbox.home, 'not-executable')
  writeFileSync(notExecutable, '#!/bin/sh\n', { mode: 0o644 })

  // What `sudo -u www-data` sets: the refusal would be printed, and be the end of the job.
  const nologin = join(sandbox.home, 'nologin')
  writeFileSync(nologin, '#!/bin/sh\necho This account is currently not available.; exit 1\n', {
    mode: 0o755,
  })
  const disabled = join(sandbox.home, 'disabled')
  symlinkSync(nologin, disabled)

  test('with spaces or shell characters is a command line for the shell', async () => {
    for (const [line, printed] of [
      ['echo a  b | tr a-z A-Z', 'A B\n'],
      ['exit_with=3; echo $exit_with', '3\n'],
      ["printf '%s|' 'a  b' \"c\"", 'a  b|c|'],
      ['(echo sub)', 'sub\n'],
      ['x=1; echo $x', '1\n'],
      ['x=1 y="a b"', ''],
      [':;', ''],
      ['', ''],
      ['echo one\necho two', 'one\ntwo\n'],
      ['echo ~ >/dev/null; echo ok', 'ok\n'],
    ] as const) {
      const { status, stdout, stderr } = await sandbox.run([paths.bin.exec, sandbox.newKey(), '--', line])
      expect([line, status, String(stdout), String(stderr)]).toEqual([line, 0, printed, ''])
    }
  })

  test('of plain characters is run directly', async () => {
    const odd = join(sandbox.home, 'a_@%+:,.-9')
    writeFileSync(odd, '#!/bin/sh\necho "run as $0 with $#"\n', { mode: 0o755 })
    const { stdout } = await sandbox.run([paths.bin.exec, sandbox.newKey(), odd])
    expect(String(stdout)).toBe(`run as ${odd} with 0\n`)
  })

  test.each([':', 'exit', 'times', 'umask', 'export', 'set'])(
    '%s is run by the shell, which knows it by itself',
    async word => {
      const key = sandbox.newKey()
      const result = await sandbox.run([paths.bin.exec, key, word])
      expect([result.status, String(result.stderr)]).toEqual([0, ''])
      expect(sandbox.eventsOf(key)[1].state).toBe('complete')
    },
  )

  test('that a shell knows by itself is the program on PATH if there is one', async () => {
    const folder = join(sandbox.home, 'with-umask')
    mkdirSync(folder)
    writeFileSync(join(folder, 'umask'), '#!/bin/sh\necho the program\n', { mode: 0o755 })
    const env = { PATH: `${folder}:/usr/bin:/bin` }
    const { stdout } = await sandbox.run([paths.bin.exec, sandbox.newKey(), 'umask'], { env })
    expect(String(stdout)).toBe('the program\n')
  })

  test.each([
    ['a comment', '#', 0],
    ['a line that fails', 'echo x; exit 9', 9],
    ['a line that the shell cannot read', 'if then', 2],
  ])('%s: the status is the shell’s', async (_name, line, status) => {
    expect((await sandbox.run([paths.bin.exec, sandbox.newKey(), line])).status).toBe(status)
  })

  test('gets the words -c and the line, unchanged, from $SHELL', async () => {
    const line = `a  "b" 'c' $x * \\ 🔑\n`
    const { stdout } = await sandbox.run([paths.bin.exec, sandbox.newKey(), line], {
      env: { SHELL: shellThatTells },
    })
    expect(shown(stdout)).toEqual(['-c', line])
  })

  test.skipIf(!has('bash'))('is for bash if SHELL says so', async () => {
    const { stdout } = await sandbox.run(
      [paths.bin.exec, sandbox.newKey(), 'echo ${BASH_VERSION:+bash} ${BASH##*/}'],
      {
        env: { SHELL: '/bin/bash' },
      },
    )
    expect(String(stdout)).toBe('bash bash\n')
  })

  test.each([
    ['unset', undefined],
    ['empty', ''],
    ['missing', '/no/such/shell'],
    ['not executable', notExecutable],
    ['a folder', sandbox.home],
    ['below a file', '/etc/passwd/sh'],
    ['a name without a path', 'bash'],
    ['a path that is not absolute', './tells'],
    ['/bin/false', '/bin/false'],
    ['nologin', nologin],
    ['a link to nologin', disabled],
  ])('is for /bin/sh if SHELL is %s', async (_name, SHELL) => {
    const key = sandbox.newKey()
    const result = await sandbox.run([paths.bin.exec, key, 'echo "by $0"; exit 3'], { env: { SHELL } })
    expect([result.status, String(result.stderr)]).toEqual([3, ''])
    expect(String(result.stdout)).toMatch(/^by (\/bin\/)?sh\n$/)
    expectEvents(sandbox, key, { state: 'fail', status: 3, message: `${result.stdout}exit status 3` })
  })

  test('two words are never for a shell', async () => {
    const { stdout } = await sandbox.run([paths.bin.exec, sandbox.newKey(), 'echo', '$HOME | cat'])
    expect(String(stdout)).toBe('$HOME | cat\n')
  })
})

describe('the shell for a command line', () => {
  const tells = join(sandbox.home, 'told')
  writeFileSync(tells, '#!/bin/sh\nprintf "%s\\0" "$@"\n', { mode: 0o755 })
  const line = 'echo "a b"'

  test.each([
    ['--shell', ['--shell', tells], {}],
    ['--shell, before CRONITOR_SHELL', ['--shell', tells], { CRONITOR_SHELL: '/bin/sh' }],
    ['CRONITOR_SHELL', [], { CRONITOR_SHELL: tells, SHELL: '/bin/sh' }],
    ['CRONITOR_SHELL with blanks around it', [], { CRONITOR_SHELL: ` ${tells}\n` }],
    ['CRONITOR_SHELL, as --shell is empty', ['--shell', ''], { CRONITOR_SHELL: tells }],
    ['SHELL, as CRONITOR_SHELL is empty', [], { CRONITOR_SHELL: ' ', SHELL: tells }],
  ])('is named by %s', async (_how, flags, env) => {
    const result = await sandbox.run([paths.bin.exec, ...flags, sandbox.newKey(), line], { env })
    expect([shown(result.stdout), String(result.stderr)]).toEqual([['-c', line], ''])
  })

  test.each(['/no/such/shell', 'sh', '/etc/passwd', '/bin/false'])(
    'a wrong --shell (%s) is 125, and the job is not run, whatever it is',
    async shell => {
      for (const job of [[line], ['echo', 'x']]) {
        const result = await sandbox.run([paths.bin.exec, '--shell', shell, 'some-key', ...job])
        expect([result.status, String(result.stdout)]).toEqual([125, ''])
        expect(String(result.stderr)).toMatch(/^cronitor-exec: option '--shell <file>': expected [^\n]+\n$/)
      }
    },
  )

  test.each(['/no/such/shell', 'sh', '/bin/false'])(
    'a wrong CRONITOR_SHELL (%s) is one warning, and the job is run',
    async shell => {
      const env = { CRONITOR_SHELL: shell, SHELL: tells }
      const result = await sandbox.run([paths.bin.exec, sandbox.newKey(), line], { env })
      expect([result.status, shown(result.stdout)]).toEqual([0, ['-c', line]])
      expect(String(result.stderr)).toMatch(/^cronitor-exec: CRONITOR_SHELL: expected [^\n]+\n$/)
    },
  )
})

test('a settings file that names a shell gives a warning that it comes too late, unless another source names one', async () => {
  const file = join(sandbox.home, 'with-shell.json')
  writeFileSync(file, JSON.stringify({ CRONITOR_SHELL: '/bin/cat' }), { mode: 0o600 })
  const words = ['--config', file, sandbox.newKey(), 'echo "by $0"']
  const result = await sandbox.run([paths.bin.exec, ...words], { env: { SHELL: '/bin/sh' } })
  expect([result.status, String(result.stdout)]).toEqual([0, 'by /bin/sh\n'])
  expect(String(result.stderr)).toMatch(
    /^cronitor-exec: CRONITOR_SHELL in \S+\/with-shell\.json has no effect, [^\n]+\n$/,
  )
  const named = await sandbox.run([paths.bin.exec, '--shell', '/bin/sh', ...words])
  expect(String(named.stderr)).toBe('')
  const ping = await sandbox.run([paths.bin.cronitor, 'ping', '-c', file, sandbox.newKey(), '--ok'])
  expect([ping.status, String(ping.stderr)]).toEqual([0, ''])
})

describe('words NAME=VALUE in front of the command', () => {
  const env = { PATH: '/usr/bin:/bin', TAKEN: 'old', SHELL: '/bin/sh' }

  test.each([
    ['one', ['A=1', 'sh', '-c', 'echo "$A"']],
    ['several, one of them twice', ['A=1', 'B= x  "y" = $z', 'A=2', 'sh', '-c', 'echo "$A|$B"']],
    ['an empty one', ['TAKEN=', 'sh', '-c', 'echo "${TAKEN-unset}|$TAKEN"']],
    ['one that the environment has', ['TAKEN=new', 'sh', '-c', 'echo "$TAKEN"']],
    ['one of the wrapper’s', ['CRONITOR_SERIES=mine', 'sh', '-c', 'echo "$CRONITOR_SERIES"']],
    [
      'one that a shell sets',
      ['PWD=/somewhere', 'IFS=x', 'env', '-u', '_', 'sh', '-c', 'env | grep -e ^PWD -e ^IFS'],
    ],
    ['no more behind the command', ['A=1', 'printf', '%s|', 'B=2', 'C=3']],
    ['a command line, which env takes for a program', ['A=1', 'echo $A']],
    ['a PATH, in which the command is looked up', [`PATH=${sandbox.home}`, 'show-arguments', 'x']],
    ['a PATH without the command', ['PATH=/nowhere', 'date']],
    ['what is not executable', ['A=1', '/etc/passwd']],
  ])('are variables for it as with env: %s', async (_what, words) => {
    const key = sandbox.newKey()
    const bare = await sandbox.run(['env', ...words], { env })
    const wrapped = await sandbox.run([paths.bin.exec, key, ...words], { env })
    expect([wrapped.status, String(wrapped.stdout)]).toEqual([bare.status, String(bare.stdout)])
    sandbox.eventsOf(key)
  })

  test.skipIf(!linux || !has('bash'))('keep their bytes', async () => {
    const { stdout } = await sandbox.run([
      'bash',
      '-c',
      `exec "$@" $'A=caf\\xe9' sh -c 'printf %s "$A"'`,
      'outer',
      paths.bin.exec,
      sandbox.newKey(),
    ])
    expect(stdout.toString('latin1')).toBe('caf\xe9')
  })

  test('without a command are 125', async () => {
    for (const words of [['LANG=C'], ['A=1', 'B=2'], ['--', 'A=1']]) {
      const result = await sandbox.run([paths.bin.exec, 'some-key', ...words])
      expect(result.status).toBe(125)
      expect(String(result.stderr)).toMatch(/^cronitor-exec: no command to run after the variables[^\n]*\n$/)
    }
  })
})

describe('a first word that is no command', () => {
  const hints: readonly (readonly [string, readonly string[], string])[] = [
    ['an option', ['--env', 'prod', 'true'], 'options of the wrapper go before the monitor key'],
    ['an option and its value', ['--env=prod', 'true'], 'options of the wrapper go before the monitor key'],
    ['a short option', ['-k', 'abc', 'true'], 'options of the wrapper go before the monitor key'],
    ['an option alone', ['--verbose'], 'options of the wrapper go before the monitor key'],
    ['an option with an en dash', ['\u2013env', 'prod'], 'options of the wrapper go before the monitor key'],
    ['an option behind --', ['--', '--quiet', 'true'], 'options of the wrapper go before the monitor key'],
    [
      'an option behind a variable',
      ['A=1', '--quiet', 'true'],
      'options of the wrapper go before the monitor key',
    ],
    ['cd', ['cd', '/tmp'], 'a shell builtin: quote the whole line, so that a shell runs it'],
    ['source', ['source', 'env.sh'], 'a shell builtin: quote the whole line, so that a shell runs it'],
    ['.', ['.', './env.sh'], 'a shell builtin: quote the whole line, so that a shell runs it'],
    ['export', ['export', 'A=1'], 'a shell builtin: quote the whole line, so that a shell runs it'],
    ['eval', ['eval', 'x'], 'a shell builtin: quote the whole line, so that a shell runs it'],
    ['if', ['if', 'true'], 'shell syntax: quote the whole line, so that a shell runs it'],
    ['!', ['!', 'true'], 'shell syntax: quote the whole line, so that a shell runs it'],
  ]

  test.each(hints)('%s ends with 127, and the reason says what helps', async (_what, words, hint) => {
    const name = words.find(word => word !== '--' && word !== 'A=1') ?? ''
    for (const around of ['exec "$@"', `trap '' USR1; exec "$@"`]) {
      const key = sandbox.newKey()
      const result = await sandbox.run(['sh', '-c', around, 'outer', paths.bin.exec, key, ...words])
      const reason = `command not found: ${name} (${hint})`
      expect([result.status, String(result.stderr)]).toEqual([127, `cronitor-exec: ${reason}\n`])
      expectEvents(sandbox, key, { state: 'fail', status: 127, message: reason })
    }
  })
})

describe('command lines of the official client', () => {
  const run = async (...words: readonly string[]) => {
    const key = sandbox.newKey()
    const argv = words.map(word => (word === 'KEY' ? key : word))
    const result = await sandbox.run(argv, { env: { CRONITOR_TELEMETRY_URL: sandbox.api.url } })
    return { ...result, events: sandbox.api.events(key) }
  }
  const options: readonly (readonly [string, readonly string[]])[] = [
    ['--no-stdout', ['--no-stdout']],
    ['--no-stdout=true', ['--no-stdout=true']],
    ['-v', ['-v']],
    ['--verbose=false', ['--verbose=false']],
    ['--users root', ['--users', 'root']],
    ['--users=root,app', ['--users=root,app']],
    ['-u root', ['-u', 'root']],
    ['--api-version VALUE', ['--api-version', '2025-11-28']],
    ['--env and --hostname', ['--env', 'test', '--hostname', 'host']],
    ['-n=host', ['-n=host']],
    ['-l FILE', ['-l', '/dev/null']],
    ['-p KEY', ['-p', 'ping-key-0123456789']],
  ]
  const exec = (before: readonly string[], behind: readonly string[]) => [
    [paths.bin.cronitor, ...before, 'exec', ...behind],
    [paths.bin.exec, ...before, ...behind],
  ]

  test.each(options)('exec takes %s, in front of its name as well', async (name, flags) => {
    const quiet = name.startsWith('--no-stdout')
    for (const wrapper of [...exec(flags, []), ...exec([], flags)]) {
      const result = await run(...wrapper, 'KEY', show, '-v', '--users', 'x')
      expect([wrapper, result.status, shown(result.stdout)]).toEqual([wrapper, 0, ['-v', '--users', 'x']])
      if (name !== '-v') expect(String(result.stderr)).toBe('')
      expect(result.events.map(({ state }) => state)).toEqual(['run', 'complete'])
      expect(result.events[1]?.params.get('message') === null).toBe(quiet)
    }
  })

  test('LANG=C in front of the command is a variable', async () => {
    const { status, stdout } = await run(
      paths.bin.cronitor,
      'exec',
      'KEY',
      'LANG=C',
      'sh',
      '-c',
      'echo $LANG',
    )
    expect([status, String(stdout)]).toEqual([0, 'C\n'])
  })

  test.each([
    [['ping', 'KEY', '--tick'], 'ok', []],
    [['--tick', 'ping', 'KEY'], 'ok', []],
    [['ping', '--ok=true', 'KEY', '-v'], 'ok', []],
    [
      ['ping', 'KEY', '--complete', '--metric', 'count:processed=100,error_count:failed=2'],
      'complete',
      ['processed:100', 'failed:2'],
    ],
    [['--metric', 'count:n=1', '--complete', 'ping', 'KEY'], 'complete', ['n:1']],
    [['ping', 'KEY', '--complete', '--duration', '45.2'], 'complete', ['duration:45.200']],
    [['-u', 'root', 'ping', 'KEY', '--fail', '--status-code', '1', '--msg', 'x'], 'fail', []],
    [['ping', 'KEY', '--run', '--series', 'job-123', '--api-version=1'], 'run', []],
  ])('%j', async (words, state, metrics) => {
    const { status, events } = await run(paths.bin.cronitor, ...words)
    expect(status).toBe(0)
    expect(events.map(event => [event.state, event.params.getAll('metric')])).toEqual([[state, metrics]])
  })

  test('--use-dev sends to http://localhost:8000', async () => {
    for (const words of [
      ['--use-dev', 'ping', 'key', '--ok', '--dry-run'],
      ['ping', 'key', '--ok', '--dry-run', '--use-dev'],
    ]) {
      const { stdout } = await run(paths.bin.cronitor, ...words)
      expect(String(stdout)).toMatch(/^GET http:\/\/localhost:8000\/p\//)
    }
  })
})

describe('options in front of the subcommand', () => {
  test.each([
    ['--env prod', ['--env', 'prod'], []],
    ['--env=prod', ['--env=prod'], []],
    ['behind it they win', ['--env', 'lost'], ['--env', 'prod']],
    ['on both sides', ['--quiet', '-n', 'a-host'], ['--env=prod']],
  ])('%s', async (_name, before, behind) => {
    const key = sandbox.newKey()
    const result = await sandbox.run([
      paths.bin.cronitor,
      ...before,
      'exec',
      ...behind,
      key,
      show,
      '--env',
      'x',
    ])
    expect(String(result.stderr)).toBe('')
    expect(shown(result.stdout)).toEqual(['--env', 'x'])
    const [started] = sandbox.eventsOf(key)
    expect(started.params.get('env')).toBe('prod')
    if (before.includes('a-host')) expect(started.params.get('host')).toBe('a-host')
  })

  test('a wrong one is 125, and the job is not run', async () => {
    const result = await sandbox.run([paths.bin.cronitor, '--method', 'PUT', 'exec', 'some-key', show, 'x'])
    expect(result.status).toBe(125)
    expect(String(result.stdout)).toBe('')
    expect(String(result.stderr)).toMatch(/^cronitor: [^\n]+\n$/)
  })

  test.each([
    [['ping', '--nonsense'], 2, 'cronitor ping --help'],
    [['--nonsense', 'ping', 'k'], 2, 'cronitor ping --help'],
    [['ping', 'k'], 2, 'cronitor ping --help'],
    [['spool', 'list', '--nonsense'], 2, 'cronitor spool list --help'],
    [['spool', 'nothing'], 2, 'cronitor spool --help'],
    [['spool'], 2, 'cronitor spool --help'],
    [['serve', '--port', 'x'], 2, 'cronitor serve --help'],
    [['runs', '--limit', '-1'], 2, 'cronitor runs --help'],
    [['exec', '--nonsense', 'k', 'x'], 125, 'cronitor exec --help'],
    [['exec', 'k'], 125, 'cronitor exec --help'],
    [['nothing'], 2, 'cronitor --help'],
    [['help', 'nothing'], 2, 'cronitor --help'],
    [['help', 'spool', 'nothing'], 2, 'cronitor --help'],
    [[], 2, 'cronitor --help'],
  ])('the error for %j is one line, with a pointer to the right help', async (words, status, help) => {
    const result = await sandbox.run([paths.bin.cronitor, ...words])
    expect(result.status).toBe(status)
    expect(String(result.stdout)).toBe('')
    expect(String(result.stderr)).toMatch(/^cronitor: [^\n]+\n$/)
    expect(String(result.stderr).endsWith(`; see ${help}\n`)).toBe(true)
  })

  test('help shows the help of each command', async () => {
    for (const words of [[], ['ping'], ['exec'], ['spool'], ['spool', 'list']]) {
      const shownByHelp = await sandbox.run([paths.bin.cronitor, 'help', ...words])
      const shownByOption = await sandbox.run([paths.bin.cronitor, ...words, '--help'])
      expect([shownByHelp.status, String(shownByHelp.stdout)]).toEqual([0, String(shownByOption.stdout)])
      expect(String(shownByHelp.stdout)).toContain(['Usage: cronitor', ...words].join(' '))
    }
  })
})
