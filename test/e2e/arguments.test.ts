/** The job's words arrive as they were given; options end at the monitor key. */

import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths } from '../support/run.ts'
import { expectEvents, openStage } from '../support/stage.ts'

const stage = await openStage('arguments')
const linux = process.platform === 'linux'
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** Prints each of its arguments, ended by a NUL. */
const show = join(stage.home, 'show-arguments')
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
    const key = stage.newKey()
    const result = await stage.run([...wrapper, key, show, ...args])
    expect(String(result.stderr)).toBe('')
    expect(result.status).toBe(0)
    expect(shown(result.stdout)).toEqual(args)
    stage.eventsOf(key)
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
      const result = await stage.run([...wrapper, stage.newKey(), ...given])
      expect(shown(result.stdout)).toEqual(arriving)
    }
  })

  test('of two -- after the key the second is the command', async () => {
    const key = stage.newKey()
    const result = await stage.run([...wrapper, key, '--', '--', show])
    expect(result.status).toBe(127)
    expectEvents(stage, key, { state: 'fail', status: 127, message: 'command not found: --' })
  })

  test('a command after -- may begin with a dash', async () => {
    const dashed = join(stage.home, '-dashed')
    writeFileSync(dashed, '#!/bin/sh\necho "dashed $1"\n', { mode: 0o755 })
    const env = { PATH: `${stage.home}:/usr/bin:/bin` }
    const result = await stage.run([...wrapper, stage.newKey(), '--', '-dashed', '-x'], { env })
    expect(String(result.stdout)).toBe('dashed -x\n')
    const ignoring = ['sh', '-c', `trap '' USR1; exec "$@"`, 'outer']
    const throughSh = await stage.run([...ignoring, ...wrapper, stage.newKey(), '--', '-dashed', '-x'], {
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
      const key = stage.newKey()
      const result = await stage.run([...wrapper, ...flags, key, show, '--env', 'of the job'])
      expect(String(result.stderr)).toBe('')
      expect(shown(result.stdout)).toEqual(['--env', 'of the job'])
      // An empty value counts as none, and the environment's is taken.
      expect([...flags, stage.eventsOf(key)[0].params.get('env')]).toEqual([
        ...flags,
        env ?? expect.anything(),
      ])
    }
  })

  test('a switch never swallows what follows it', async () => {
    for (const flag of ['--quiet', '--no-output', '--verbose']) {
      const key = stage.newKey()
      const result = await stage.run([...wrapper, flag, key, show, 'a'])
      expect(shown(result.stdout)).toEqual(['a'])
      stage.eventsOf(key)
    }
  })

  test('-- in front of the key is allowed as well', async () => {
    const key = stage.newKey()
    const result = await stage.run([...wrapper, '--env', 'prod', '--', key, show, '--', 'a'])
    expect(shown(result.stdout)).toEqual(['--', 'a'])
    stage.eventsOf(key)
  })

  test('2,000 arguments arrive', async () => {
    const args = Array.from({ length: 2000 }, (_, index) => `argument ${index} 'of' "many" *`)
    const result = await stage.run([...wrapper, stage.newKey(), show, ...args])
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
    const { bare, wrapped, monitorKey } = await stage.compare({ around, shell: 'bash', job: [show] })
    expect(bare.stdout).not.toBe('')
    expect(wrapped).toEqual(bare)
    stage.eventsOf(monitorKey)
  })

  test('in a single word reach the shell', async () => {
    const key = stage.newKey()
    const around = `exec "$@" $'printf \\xff%s x'`
    const { stdout } = await stage.run(['bash', '-c', around, 'outer', paths.bin.exec, key])
    expect(stdout.toString('latin1')).toBe('\xffx')
  })

  test('in the name of the command', async () => {
    const around = `cp show-arguments $'caf\\xe9'; ./$'caf\\xe9' x >/dev/null; exec "$@" ./$'caf\\xe9' 'a b'`
    const { stdout } = await stage.run(['bash', '-c', around, 'outer', paths.bin.exec, stage.newKey()])
    expect(shown(stdout)).toEqual(['a b'])
  })
})

describe('a single word', () => {
  const shellThatTells = join(stage.home, 'tells')
  writeFileSync(shellThatTells, '#!/bin/sh\nprintf "%s\\0" "$@"\n', { mode: 0o755 })
  const notExecutable = join(stage.home, 'not-executable')
  writeFileSync(notExecutable, '#!/bin/sh\n', { mode: 0o644 })

  test('with spaces or shell characters is a command line for the shell', async () => {
    for (const [line, printed] of [
      ['echo a  b | tr a-z A-Z', 'A B\n'],
      ['exit_with=3; echo $exit_with', '3\n'],
      ["printf '%s|' 'a  b' \"c\"", 'a  b|c|'],
      ['(echo sub)', 'sub\n'],
      ['x=1', ''],
      [':;', ''],
      ['', ''],
      ['echo one\necho two', 'one\ntwo\n'],
      ['echo ~ >/dev/null; echo ok', 'ok\n'],
    ] as const) {
      const { status, stdout, stderr } = await stage.run([paths.bin.exec, stage.newKey(), '--', line])
      expect([line, status, String(stdout), String(stderr)]).toEqual([line, 0, printed, ''])
    }
  })

  test('of plain characters is run directly', async () => {
    // `times` is in every shell and nowhere on PATH.
    const key = stage.newKey()
    expect((await stage.run([paths.bin.exec, key, 'times'])).status).toBe(127)
    expectEvents(stage, key, { state: 'fail', status: 127, message: 'command not found: times' })
    expect((await stage.run([paths.bin.exec, stage.newKey(), 'times ;'])).status).toBe(0)
    const odd = join(stage.home, 'a_@%+:,.-9')
    writeFileSync(odd, '#!/bin/sh\necho "run as $0 with $#"\n', { mode: 0o755 })
    const { stdout } = await stage.run([paths.bin.exec, stage.newKey(), odd])
    expect(String(stdout)).toBe(`run as ${odd} with 0\n`)
  })

  test.each([
    ['a comment', '#', 0],
    ['a line that fails', 'echo x; exit 9', 9],
    ['a line that the shell cannot read', 'if then', 2],
  ])('%s: the status is the shell’s', async (_name, line, status) => {
    expect((await stage.run([paths.bin.exec, stage.newKey(), line])).status).toBe(status)
  })

  test('gets the words -c and the line, unchanged, from $SHELL', async () => {
    const line = `a  "b" 'c' $x * \\ 🔑\n`
    const { stdout } = await stage.run([paths.bin.exec, stage.newKey(), line], {
      env: { SHELL: shellThatTells },
    })
    expect(shown(stdout)).toEqual(['-c', line])
  })

  test.skipIf(!has('bash'))('is for bash where SHELL says so', async () => {
    const { stdout } = await stage.run(
      [paths.bin.exec, stage.newKey(), 'echo ${BASH_VERSION:+bash} ${BASH##*/}'],
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
    ['a folder', stage.home],
    ['below a file', '/etc/passwd/sh'],
    ['a name without a path', 'bash'],
  ])('is for /bin/sh where SHELL is %s', async (_name, SHELL) => {
    const key = stage.newKey()
    const result = await stage.run([paths.bin.exec, key, 'echo "by $0"; exit 3'], { env: { SHELL } })
    expect([result.status, String(result.stderr)]).toEqual([3, ''])
    expect(String(result.stdout)).toMatch(/^by (\/bin\/)?sh\n$/)
    expectEvents(stage, key, { state: 'fail', status: 3, message: `${result.stdout}exit status 3` })
  })

  test('two words are never for a shell', async () => {
    const { stdout } = await stage.run([paths.bin.exec, stage.newKey(), 'echo', '$HOME | cat'])
    expect(String(stdout)).toBe('$HOME | cat\n')
  })
})

describe('options in front of the subcommand', () => {
  test.each([
    ['--env prod', ['--env', 'prod'], []],
    ['--env=prod', ['--env=prod'], []],
    ['behind it they win', ['--env', 'lost'], ['--env', 'prod']],
    ['on both sides', ['--quiet', '-n', 'a-host'], ['--env=prod']],
  ])('%s', async (_name, before, behind) => {
    const key = stage.newKey()
    const result = await stage.run([
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
    const [started] = stage.eventsOf(key)
    expect(started.params.get('env')).toBe('prod')
    if (before.includes('a-host')) expect(started.params.get('host')).toBe('a-host')
  })

  test('a wrong one is 125, and the job is not run', async () => {
    const result = await stage.run([paths.bin.cronitor, '--method', 'PUT', 'exec', 'some-key', show, 'x'])
    expect(result.status).toBe(125)
    expect(String(result.stdout)).toBe('')
    expect(String(result.stderr)).toMatch(/^cronitor: [^\n]+\n$/)
  })
})
