/** The launchers find a Node.js that is not on cron's PATH, and run the job unmonitored if there is none. */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installationInto } from '../../support/installation.ts'
import { paths } from '../../support/run.ts'
import { expectEvents, openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('launcher')
const sh = (script: string) => ['sh', '-c', script]
const lines = (text: Buffer | string) =>
  String(text)
    .split('\n')
    .filter(line => line !== '')

/** The installation in a new folder, laid out as npm does it. */
const copyOfAll = (into = join(tempDir('copy'), 'cronitor-exec')): string => installationInto(into)

/** A copy whose launcher looks in no usual places but `places`: the machine may have a Node.js in one of them. */
function copyThatLooksIn(places: string): string {
  const copy = copyOfAll()
  const launcher = join(copy, 'bin/launch.sh')
  const text = String(readFileSync(launcher))
  const usual = /(in "\$_cx_here" \$PATH) (\/[^;]+)(; do)/
  expect(usual.exec(text)?.[2]).toContain('/usr/local/bin /usr/bin ')
  writeFileSync(launcher, text.replace(usual, `$1 ${places}$3`))
  return copy
}

/** A `node` that says that it was used, and is the real one. */
function marked(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true })
  const node = join(folder, 'node')
  writeFileSync(
    node,
    `#!/bin/sh\ncase $* in */bin/cronitor*.js*) echo ${name} >> '${sandbox.home}/used' ;; esac\nexec '${paths.node}' "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return node
}

/** A `node` that prints this version if it is asked or tried, and fails at all else. */
function saying(folder: string, version: string, status = 0): string {
  mkdirSync(folder, { recursive: true })
  const node = join(folder, 'node')
  const script = `#!/bin/sh\ncase $* in --version) echo '${version}'; exit ${status} ;; *try.js*) echo '${version} tried'; exit ${status} ;; esac\necho 'an old Node.js was started' >&2\nexit 99\n`
  writeFileSync(node, script, { mode: 0o755 })
  return node
}

function takeUsed(): string[] {
  const file = join(sandbox.home, 'used')
  const used = lines(readFileSync(file, { flag: 'a+' }))
  rmSync(file)
  return used
}

/** A PATH with what the launcher and the jobs here need, and no Node.js. */
const tools = tempDir('tools')
for (const tool of ['sh', 'env', 'cat', 'echo', 'readlink', 'base64', 'mkfifo', 'printf', 'touch']) {
  const found = ['/usr/bin', '/bin'].map(folder => join(folder, tool)).find(path => readable(path))
  if (found !== undefined) symlinkSync(found, join(tools, tool))
}

function readable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}

describe('Node.js is found', () => {
  const room = tempDir('nodes')
  const copy = copyThatLooksIn(`/no/such/place ${room}/usual`)
  const byVariable = marked(join(room, 'by-variable'), 'CRONITOR_NODE')
  marked(join(room, 'on-path'), 'PATH')
  marked(join(room, 'usual'), 'usual')
  marked(join(room, 'beside'), 'beside')
  symlinkSync(join(copy, 'bin/cronitor-exec'), join(room, 'beside/cronitor-exec'))
  symlinkSync(join(copy, 'bin/cronitor'), join(room, 'beside/cronitor'))
  const inPlace = join(copy, 'bin/cronitor-exec')
  const linked = join(room, 'beside/cronitor-exec')
  const both = `${room}/on-path:${tools}`

  test.each([
    [
      'by CRONITOR_NODE, before all others',
      linked,
      { CRONITOR_NODE: byVariable, PATH: both },
      'CRONITOR_NODE',
    ],
    [
      'beside the link that was called, before PATH',
      linked,
      { CRONITOR_NODE: undefined, PATH: both },
      'beside',
    ],
    ['on PATH', inPlace, { CRONITOR_NODE: undefined, PATH: both }, 'PATH'],
    ['in a usual place', inPlace, { CRONITOR_NODE: undefined, PATH: tools }, 'usual'],
    ['in a usual place, with PATH=/usr/bin:/bin', inPlace, { CRONITOR_NODE: '', PATH: tools }, 'usual'],
    [
      'beside the link, if CRONITOR_NODE points to nothing',
      linked,
      { CRONITOR_NODE: '/no/such/node', PATH: tools },
      'beside',
    ],
    ['on PATH, where CRONITOR_NODE is a folder', inPlace, { CRONITOR_NODE: room, PATH: both }, 'PATH'],
    [
      'on PATH, if CRONITOR_NODE is not executable',
      inPlace,
      { CRONITOR_NODE: '/etc/passwd', PATH: both },
      'PATH',
    ],
    ['on PATH, if CRONITOR_NODE is no Node.js', inPlace, { CRONITOR_NODE: '/bin/true', PATH: both }, 'PATH'],
  ] as const)('%s', async (_name, launcher, env, expected) => {
    const key = sandbox.newKey()
    const result = await sandbox.run([launcher, key, ...sh('echo hi; exit 3')], { env })
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([3, 'hi\n', ''])
    expect(takeUsed()).toEqual([expected])
    expectEvents(sandbox, key, { state: 'fail', status: 3, message: 'hi\nexit status 3' })
  })

  test('for `cronitor exec` and `cronitor` as well', async () => {
    const env = { CRONITOR_NODE: undefined, PATH: tools }
    const cronitor = join(room, 'beside/cronitor')
    expect((await sandbox.run([cronitor, 'exec', sandbox.newKey(), ...sh('exit 3')], { env })).status).toBe(3)
    expect((await sandbox.run([cronitor, '--version'], { env })).status).toBe(0)
    expect(takeUsed()).toEqual(['beside', 'beside'])
  })

  test.each([
    ['18.0.0', 'v18.0.0'],
    ['20.18.3', 'v20.18.3'],
    ['9.11.2', 'v9.11.2'],
    ['something that is no version', 'hello'],
    ['nothing', ''],
  ])('later on PATH, if an earlier one says %s', async (_name, version) => {
    const old = join(room, `old-${version}`)
    saying(old, version)
    const key = sandbox.newKey()
    const env = { CRONITOR_NODE: undefined, PATH: `${old}:/no/such/folder::${both}` }
    const result = await sandbox.run([inPlace, key, ...sh('exit 3')], { env })
    expect([result.status, String(result.stderr)]).toEqual([3, ''])
    expect(takeUsed()).toEqual(['PATH'])
    sandbox.eventsOf(key)
  })

  test.each(['v20.19.0', 'v21.0.0', 'v22.14.0', 'v26.1.0', 'v100.0.0', 'v24.0.0-nightly20250101abc'])(
    '%s is new enough',
    async version => {
      const node = saying(join(room, `new-${version}`), version)
      const env = { CRONITOR_NODE: node, PATH: both }
      const result = await sandbox.run([inPlace, 'a-key', ...sh('exit 3')], { env })
      expect([result.status, String(result.stderr)]).toEqual([99, 'an old Node.js was started\n'])
    },
  )

  test('in a folder with spaces and pattern characters', async () => {
    const env = { CRONITOR_NODE: undefined, PATH: `${join(room, 'a folder * with')}:${tools}` }
    marked(join(room, 'a folder * with'), 'spaces')
    expect((await sandbox.run([inPlace, sandbox.newKey(), ...sh('exit 3')], { env })).status).toBe(3)
    expect(takeUsed()).toEqual(['spaces'])
  })
})

describe('a launcher is called', () => {
  const room = tempDir('links')
  const copy = copyOfAll(join(room, 'lib/node_modules/cronitor-exec'))
  const target = join(copy, 'bin/cronitor-exec')
  const link = (to: string, at: string) => {
    mkdirSync(join(room, at, '..'), { recursive: true })
    symlinkSync(to, join(room, at))
    return join(room, at)
  }
  const npm = link('../lib/node_modules/cronitor-exec/bin/cronitor-exec', 'bin/cronitor-exec')
  const local = link('../cronitor-exec/bin/cronitor-exec', 'lib/node_modules/.bin/cronitor-exec')
  const absolute = link(target, 'absolute/cronitor-exec')
  const relative = link('../../lib/node_modules/cronitor-exec/bin/cronitor-exec', 'some/where/cronitor-exec')
  const chain = link('../some/where/cronitor-exec', 'chain/first')
  link('first', 'chain/second')
  const last = link(join(room, 'chain/second'), 'a chain/last one')
  const spaces = link(target, `with space's "quotes" and * $x/cronitor-exec`)
  const folder = link('lib/node_modules/cronitor-exec/bin', 'folder-link')
  const spacious = join(copyOfAll(join(room, `in a folder's * $HOME`)), 'bin/cronitor-exec')

  test.each([
    ['by its own path', [target]],
    ['by the link that npm makes for a global package', [npm]],
    ['by the link that npm makes for a local package', [local]],
    ['by an absolute link', [absolute]],
    ['by a relative link', [relative]],
    ['by a link to a link', [chain]],
    ['by a chain of links of other names', [last]],
    ['by a link in a folder with spaces and quotes', [spaces]],
    ['through a link to its folder', [join(folder, 'cronitor-exec')]],
    ['in a folder with spaces and quotes', [spacious]],
    ['by way of sh, with a path', ['sh', npm]],
    ['by a relative path', ['sh', '-c', `cd '${room}/some' && exec where/cronitor-exec "$@"`, 'outer']],
    ['from its own folder', ['sh', '-c', `cd '${copy}/bin' && exec ./cronitor-exec "$@"`, 'outer']],
    [
      'from its own folder by way of sh',
      ['sh', '-c', `cd '${copy}/bin' && exec sh cronitor-exec "$@"`, 'outer'],
    ],
    ['from the folder above', ['sh', '-c', `cd '${copy}/dist' && exec ../bin/cronitor-exec "$@"`, 'outer']],
    ['by its name on PATH', ['env', `PATH=${room}/bin:/usr/bin:/bin`, 'cronitor-exec']],
    [
      'by its name on a relative PATH',
      ['sh', '-c', `cd '${room}' && PATH=bin:$PATH exec cronitor-exec "$@"`, 'outer'],
    ],
  ])('%s', async (_name, launcher) => {
    const key = sandbox.newKey()
    const result = await sandbox.run([
      ...launcher,
      key,
      '--',
      ...sh('echo "$1"; exit 3'),
      'sh',
      'an argument',
    ])
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([3, 'an argument\n', ''])
    expectEvents(sandbox, key, { state: 'fail', status: 3, message: 'an argument\nexit status 3' })
  })

  test('cronitor by a link', async () => {
    const key = sandbox.newKey()
    const cronitor = link('../lib/node_modules/cronitor-exec/bin/cronitor', 'bin/cronitor')
    expect((await sandbox.run([cronitor, 'exec', key, ...sh('exit 3')])).status).toBe(3)
    expectEvents(sandbox, key, { state: 'fail', status: 3, message: 'exit status 3' })
  })
})

const lost: readonly (readonly [string, () => Cure])[] = [
  [
    'no Node.js',
    () => ({ copy: copyThatLooksIn('/no/such/place'), env: { CRONITOR_NODE: undefined, PATH: tools } }),
  ],
  [
    'CRONITOR_NODE pointing to nothing, and no other',
    () => ({ copy: copyThatLooksIn('/no/such/place'), env: { CRONITOR_NODE: '/no/such/node', PATH: tools } }),
  ],
  [
    'a Node.js that is too old',
    () => {
      const old = tempDir('old')
      saying(old, 'v18.0.0')
      const env = { CRONITOR_NODE: undefined, PATH: `${old}:${tools}` }
      return { copy: copyThatLooksIn('/no/such/place'), env, says: /\(.*node is v18\.0\.0\)/ }
    },
  ],
  [
    'an installation without dist',
    () => {
      const copy = copyOfAll()
      rmSync(join(copy, 'dist'), { recursive: true })
      return { copy, env: {}, says: /the installation is damaged \(dist is incomplete\)/ }
    },
  ],
]

interface Cure {
  readonly copy: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly says?: RegExp
}

describe.each(lost)('with %s', (_name, prepare) => {
  const { copy, env, says = /no Node\.js 20\.19 or newer was found/ } = prepare()
  const exec = join(copy, 'bin/cronitor-exec')
  const cronitor = join(copy, 'bin/cronitor')
  const UNMONITORED = /^cronitor-exec: [^\n]*; the job runs unmonitored\. [^\n]*\n$/
  const NOTHING_DONE = /^cronitor(-exec)?: [^\n]*, nothing was done\. [^\n]*\n$/

  const told: readonly (readonly [string, readonly string[]])[] = [
    ['the key comes first', [exec, 'a-key']],
    ['the key comes first, then --', [exec, 'a-key', '--']],
    ['options are followed by the key and --', [exec, '--env', 'prod', '--no-output', 'a-key', '--']],
    ['-- comes before the key', [exec, '--', 'a-key']],
    ['cronitor exec has the key first', [cronitor, 'exec', 'a-key']],
    ['cronitor exec has options and --', [cronitor, 'exec', '-k', 'x', 'a-key', '--']],
    ['cronitor has options, then exec and --', [cronitor, '--env', 'prod', 'exec', 'a-key', '--']],
  ]

  test.each(told)('the job runs unmonitored, after one line, if %s', async (_where, launcher) => {
    const before = sandbox.api.events().length
    const result = await sandbox.run(
      [...launcher, ...sh('printf "%s|" "$@"; exit 3'), 'sh', 'a  b', '--', '-k', '*', ''],
      { env },
    )
    expect(String(result.stdout)).toBe('a  b|--|-k|*||')
    expect(result.status).toBe(3)
    expect(String(result.stderr)).toMatch(UNMONITORED)
    expect(String(result.stderr)).toMatch(says)
    expect(sandbox.api.events().length).toBe(before)
  })

  test('a single word with shell characters is for the shell', async () => {
    const line = 'x=a; echo "$x  b" | cat; exit 3'
    for (const SHELL of [undefined, '/bin/sh', '/no/such/shell', copy]) {
      const result = await sandbox.run([exec, 'a-key', line], { env: { ...env, SHELL } })
      expect([SHELL, result.status, String(result.stdout)]).toEqual([SHELL, 3, 'a  b\n'])
    }
  })

  test('a job’s death by a signal, its stdin and its environment are passed on unchanged', async () => {
    const job = sh('cat; env | grep -E "^_c?[cC]" ; kill -TERM $$')
    const around = '"$@"; echo "status $?"'
    const result = await sandbox.run(['/bin/sh', '-c', around, 'outer', exec, 'a-key', ...job], {
      env,
      input: 'input\n',
    })
    expect(String(result.stdout)).toBe('input\nstatus 143\n')
  })

  test('a command that is missing or not executable gives 127 and 126', async () => {
    expect((await sandbox.run([exec, 'a-key', 'no-such-command', 'x'], { env })).status).toBe(127)
    expect((await sandbox.run([exec, 'a-key', '/etc/passwd', 'x'], { env })).status).toBe(126)
  })

  test.each([
    ['there are no arguments', [exec]],
    ['there is a key alone', [exec, 'a-key']],
    ['there is nothing after --', [exec, 'a-key', '--']],
    ['an option comes first and there is no --', [exec, '--env', 'prod', 'a-key', 'touch', 'ran']],
    ['the -- is the job’s own', [exec, '--quiet', 'a-key', 'echo', '--', 'touch', 'ran']],
    ['cronitor exec has an option first and no --', [cronitor, 'exec', '--quiet', 'a-key', 'touch', 'ran']],
  ])('status 125 and one line if the command cannot be found in the arguments: %s', async (_where, argv) => {
    const result = await sandbox.run(argv, { env })
    expect(result.status).toBe(125)
    expect(String(result.stdout)).toBe('')
    expect(String(result.stderr)).toMatch(NOTHING_DONE)
    expect(readdirSync(sandbox.home)).not.toContain('ran')
  })

  test('cronitor ping fails with status 1 and one line', async () => {
    const result = await sandbox.run([cronitor, 'ping', 'a-key', '--run'], { env })
    expect([result.status, String(result.stdout)]).toEqual([1, ''])
    expect(String(result.stderr)).toMatch(NOTHING_DONE)
  })
})

describe('a damaged installation', () => {
  const whole = copyOfAll()
  const files = ['exec.cjs', 'monitor.cjs']
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['missing', path => rmSync(path)],
    ['empty', path => writeFileSync(path, '')],
    [
      'cut in the middle',
      path => writeFileSync(path, String(readFileSync(path)).slice(0, readFileSync(path).length / 2)),
    ],
    ['not to be read as a program', path => writeFileSync(path, '}{ not JavaScript')],
  ]

  test.each(damages)(
    'runs the job once, with its own status and at most one line, whichever file is %s',
    async (_how, damage) => {
      const copy = copyOfAll()
      for (const file of files) {
        const path = join(copy, 'dist', file)
        damage(path)
        const result = await sandbox.run(
          [join(copy, 'bin/cronitor-exec'), 'a-key', ...sh('echo ran; exit 7')],
          {
            // Where the HTTP client is what is damaged, each try to send fails until then.
            env: { CRONITOR_DELIVER_WITHIN: '0s' },
          },
        )
        expect([file, result.status, String(result.stdout)]).toEqual([file, 7, 'ran\n'])
        expect(lines(result.stderr).length, `${file}: ${result.stderr}`).toBeLessThanOrEqual(1)
        cpSync(join(whole, 'dist', file), path)
      }
    },
    120_000,
  )

  test('without the launcher runs the job as well', async () => {
    const copy = copyOfAll()
    rmSync(join(copy, 'dist'), { recursive: true })
    const result = await sandbox.run([
      paths.node,
      join(copy, 'bin/cronitor-exec.js'),
      'a-key',
      ...sh('echo ran; exit 7'),
    ])
    expect([result.status, String(result.stdout)]).toEqual([7, 'ran\n'])
    expect(lines(result.stderr)).toHaveLength(1)
  })
})
