/** Compiled code is saved for later runs, only where no other user can change it, and never at the job's expense. */

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { installationInto, nodeThrough } from '../../support/installation.ts'
import { asUser, isRoot, userHome, userSpool, whyNoSharedGroup, whyNoUser } from '../../support/other-user.ts'
import { paths, type RunResult, run } from '../../support/run.ts'
import { expectEvents, openSandbox } from '../../support/sandbox.ts'
import { tempDir } from '../../support/temp.ts'

const sandbox = await openSandbox('code-cache')
const noUser = whyNoUser()
const because = (why: string | undefined) => (why === undefined ? '' : `: ${why}`)
const JOB = ['sh', '-c', 'echo ran; exit 7']
const NAMES = [
  /^exec-[0-9a-f]{16}-v\d+\.\d+\.\d+[^/]*$/,
  /^monitor-[0-9a-f]{16}-v\d+\.\d+\.\d+[^/]*$/,
  /^nodes$/,
]

const codeOf = (installation: string) => join(installation, 'dist/code')
const launcherOf = (installation: string) => join(installation, 'bin/cronitor-exec')
const asSeen = ({ status, stdout, stderr }: RunResult) => [status, String(stdout), String(stderr)]

type Environment = Readonly<Record<string, string | undefined>>

/** A run that does all that it should, and says nothing. */
async function runWell(installation: string, env: Environment = {}): Promise<void> {
  const key = sandbox.newKey()
  expect(asSeen(await sandbox.run([launcherOf(installation), key, ...JOB], { env }))).toEqual([
    7,
    'ran\n',
    '',
  ])
  expectEvents(sandbox, key, { state: 'fail', status: 7, message: 'ran\nexit status 7' })
}

/** The names in a folder, sorted, and what tells that each is the file that it was. */
function kept(folder: string): [name: string, identity: string][] {
  return readdirSync(folder)
    .sort()
    .map(name => {
      const { ino, mtimeNs, size } = statSync(join(folder, name), { bigint: true })
      return [name, `${ino} ${mtimeNs} ${size}`]
    })
}

const namesIn = (folder: string) => kept(folder).map(([name]) => name)

function execCodeIn(folder: string): string {
  return join(folder, readdirSync(folder).find(name => name.startsWith('exec-')) ?? 'no code of exec')
}

/** An installation that has run once. */
async function usedInstallation(): Promise<string> {
  const installation = installationInto()
  await runWell(installation)
  return installation
}

const OTHER_PROGRAM = [42, 'the other program\n', '']

/**
 * Makes the compiled code of another program, of the same length and with the same hash in its first line: V8 cannot
 * tell it from that of dist/exec.cjs, so that whoever could put it into the folder would have all later runs run it.
 */
async function otherProgramsCode(): Promise<string> {
  const installation = installationInto()
  const path = join(installation, 'dist/exec.cjs')
  const source = readFileSync(path, 'latin1')
  const before = `${source.slice(0, source.indexOf('*/'))}*/ (function (exports, require) {
exports.runWrapper = (_argv, { saveCode }) => {
  require('node:fs').writeSync(1, 'the other program\\n')
  saveCode()
  process.exit(42)
}
/*`
  const after = '*/})\n'
  writeFileSync(path, before.padEnd(source.length - after.length, ' ') + after)
  const result = await sandbox.run([launcherOf(installation), 'a-key', ...JOB])
  expect(asSeen(result)).toEqual(OTHER_PROGRAM)
  return execCodeIn(codeOf(installation))
}

const otherCode = await otherProgramsCode()

describe('the first run that delivers both events', () => {
  test('keeps what was compiled, and which version Node.js is, for nobody else to change', async () => {
    const installation = await usedInstallation()
    const folder = codeOf(installation)
    const names = namesIn(folder)
    expect(names).toEqual(NAMES.map(name => expect.stringMatching(name)))
    const { stdout } = await run([paths.node, '--version'])
    const version = String(stdout).trim()
    for (const name of names.slice(0, 2)) expect(name).toContain(`-${version}-`)
    const [note, real] = readFileSync(join(folder, 'nodes'), 'utf8').split('\n')
    expect([note, real]).toEqual([`${version} inspector ${paths.node}`, realpathSync(paths.node)])
    for (const path of [folder, ...names.map(name => join(folder, name))]) {
      expect([path, statSync(path).mode & 0o022]).toEqual([path, 0])
    }
  })

  test('spares the next ones the work: they keep nothing anew', async () => {
    const installation = await usedInstallation()
    const before = kept(codeOf(installation))
    await runWell(installation)
    expect(kept(codeOf(installation))).toEqual(before)
  })

  test('decides what the next one runs, since V8 looks at the length of the source alone', async () => {
    const installation = await usedInstallation()
    cpSync(otherCode, execCodeIn(codeOf(installation)))
    const result = await sandbox.run([launcherOf(installation), 'a-key', ...JOB])
    expect(asSeen(result)).toEqual(OTHER_PROGRAM)
  })

  test('may be one of several that start at once', async () => {
    const installation = installationInto()
    await Promise.all(Array.from({ length: 4 }, () => runWell(installation)))
    const before = kept(codeOf(installation))
    expect(namesIn(codeOf(installation))).toEqual(NAMES.map(name => expect.stringMatching(name)))
    await runWell(installation)
    expect(kept(codeOf(installation))).toEqual(before)
  })
})

test.each<[string, readonly string[], Environment, number]>([
  ['has no API key', ['a-key', ...JOB], { CRONITOR_API_KEY: undefined }, 7],
  [
    'reaches nobody',
    ['a-key', ...JOB],
    { CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:1', CRONITOR_DELIVER_WITHIN: '0s' },
    7,
  ],
  ['is misunderstood', ['--no-such-option'], {}, 125],
  ['shows the version', ['--version'], {}, 0],
])('a run that %s keeps nothing', async (_what, args, env, status) => {
  const installation = installationInto()
  expect((await sandbox.run([launcherOf(installation), ...args], { env })).status).toBe(status)
  expect(existsSync(codeOf(installation))).toBe(false)
})

describe('kept code is not used, without a word, and is kept anew', () => {
  test.each<[string, (code: Buffer, folder: string) => Buffer]>([
    ['is empty', () => Buffer.alloc(0)],
    ['is cut off', code => code.subarray(0, code.length / 2 - 100)],
    ['is half of it', code => code.subarray(0, code.length / 2)],
    ['is of zeros', code => Buffer.alloc(code.length)],
    ['is something else', code => Buffer.alloc(code.length, 'x')],
    ['has become longer', code => Buffer.concat([code, Buffer.alloc(100)])],
    ['has lost a page', code => Buffer.from(code).fill(0, 4096, 8192)],
    ['has lost its second half', code => Buffer.from(code).fill(0, code.length / 2)],
    ['has lost all but its first page', code => Buffer.from(code).fill(0, 4096)],
    ['has another byte somewhere', code => Buffer.from(code).fill((code[5000] ?? 0) ^ 0xff, 5000, 5001)],
    [
      'belongs to another script',
      (_code, folder) =>
        readFileSync(join(folder, readdirSync(folder).find(name => name.startsWith('monitor-')) ?? '')),
    ],
  ])('if it %s', async (_how, damage) => {
    const installation = await usedInstallation()
    const folder = codeOf(installation)
    const path = execCodeIn(folder)
    const whole = readFileSync(path)
    writeFileSync(path, damage(whole, folder))
    await runWell(installation)
    expect(readFileSync(path).length).toBeGreaterThan(whole.length / 2)
    const anew = kept(folder)
    expect(anew.map(([name]) => name)).toEqual(NAMES.map(name => expect.stringMatching(name)))
    await runWell(installation)
    expect(kept(folder)).toEqual(anew)
  })
})

test('another build of the same length does not take what was kept for the one before, and removes it', async () => {
  const installation = await usedInstallation()
  const before = execCodeIn(codeOf(installation))
  cpSync(otherCode, before)
  const path = join(installation, 'dist/exec.cjs')
  const source = readFileSync(path, 'latin1')
  writeFileSync(path, source.replace(/^\/\* [0-9a-f]{16}/, `/* ${'5'.repeat(16)}`))
  await runWell(installation)
  const codes = readdirSync(codeOf(installation)).filter(name => name.startsWith('exec-'))
  expect(codes).toEqual([expect.stringMatching(/^exec-5{16}-/)])
})

/** A user's installation with another program's code in it: once used, and with folders that all may look into. */
async function usersInstallation(): Promise<{ installation: string; above: string; home: string }> {
  const above = tempDir('users')
  chmodSync(above, 0o755)
  const installation = installationInto(join(above, 'cronitor-exec'))
  const home = userHome()
  giveTo(NOBODY, installation)
  await userRunsWell(installation, { HOME: home })
  cpSync(otherCode, execCodeIn(codeOf(installation)))
  return { installation, above, home }
}

/** As in test/support/other-user.ts. */
const NOBODY = 65_534
/** Neither root nor that one. */
const SOMEBODY = 65_533

function giveTo(uid: number, path: string): void {
  if (!isRoot) return
  chownSync(path, uid, uid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) giveTo(uid, join(path, name))
}

function runAsUser(installation: string, monitorKey: string, env: Environment): Promise<RunResult> {
  return sandbox.run(asUser([launcherOf(installation), monitorKey, ...JOB]), {
    cwd: '/',
    env: { CRONITOR_SPOOL_DIR: userSpool(), ...env },
  })
}

async function userRunsWell(installation: string, env: Environment): Promise<void> {
  const key = sandbox.newKey()
  expect(asSeen(await runAsUser(installation, key, env))).toEqual([7, 'ran\n', ''])
  expectEvents(sandbox, key, { state: 'fail', status: 7, message: 'ran\nexit status 7' })
}

describe.skipIf(noUser !== undefined)(
  `a folder of code that is not the user’s alone${because(noUser)}`,
  () => {
    // Root's runs would go on to /var/cache, which is the machine's.
    type Users = Awaited<ReturnType<typeof usersInstallation>>
    type Fault = readonly [string, (users: Users) => void, RegExp]
    const groupFaults: readonly Fault[] = [
      [
        'if its group can write to it',
        ({ installation }) => chmodSync(codeOf(installation), 0o775),
        /others can write to .*\/dist\/code$/,
      ],
    ]
    const faults: readonly Fault[] = [
      // A group that is the user's alone counts as the user.
      ...(whyNoSharedGroup() === undefined ? groupFaults : []),
      [
        'if all can write to it, even if it is sticky',
        ({ installation }) => chmodSync(codeOf(installation), 0o1777),
        /others can write to .*\/dist\/code$/,
      ],
      [
        'if all can write to the folder above it',
        ({ installation }) => chmodSync(join(installation, 'dist'), 0o777),
        /others can write to .*\/dist$/,
      ],
      [
        'if all can write to a folder further up',
        ({ above }) => chmodSync(above, 0o777),
        /others can write to .*-users-[^/]*$/,
      ],
      [
        'behind a symbolic link to where all can write',
        ({ installation, above }) => {
          const elsewhere = join(above, 'elsewhere')
          cpSync(codeOf(installation), join(elsewhere, 'code'), { recursive: true })
          giveTo(NOBODY, elsewhere)
          chmodSync(elsewhere, 0o777)
          rmSync(codeOf(installation), { recursive: true })
          symlinkSync(join(elsewhere, 'code'), codeOf(installation))
        },
        /others can write to .*\/elsewhere$/,
      ],
    ]
    const rootsFaults: typeof faults = [
      [
        'if it belongs to somebody else',
        ({ installation }) => chownSync(codeOf(installation), SOMEBODY, SOMEBODY),
        /\/dist\/code belongs to another user \(65533\)$/,
      ],
      [
        'if the folder above it belongs to somebody else',
        ({ installation }) => chownSync(join(installation, 'dist'), SOMEBODY, SOMEBODY),
        /\/dist belongs to another user \(65533\)$/,
      ],
    ]

    test.each([...faults, ...(isRoot ? rootsFaults : [])])(
      '%s is not used: one warning, and the job runs',
      async (_where, spoil, says) => {
        const users = await usersInstallation()
        spoil(users)
        const folder = codeOf(users.installation)
        const before = kept(folder)
        const key = sandbox.newKey()
        const { status, stdout, stderr } = await runAsUser(users.installation, key, { HOME: users.home })
        expect([status, String(stdout)]).toEqual([7, 'ran\n'])
        const [line, ...more] = String(stderr).split('\n')
        expect(more).toEqual([''])
        expect(line).toMatch(/^cronitor-exec: compiled code is not used: /)
        expect(line).toMatch(says)
        sandbox.eventsOf(key)
        expect(kept(folder)).toEqual(before)
      },
    )

    test.skipIf(!isRoot)(
      'is skipped without a warning if the whole installation is another user’s',
      async () => {
        const { installation, home } = await usersInstallation()
        giveTo(SOMEBODY, installation)
        await userRunsWell(installation, { HOME: home })
      },
    )

    const spoilers: readonly (readonly [string, (path: string) => void])[] = [
      ['that all can write to', path => chmodSync(path, 0o666)],
      ['that belongs to somebody else', path => chownSync(path, SOMEBODY, SOMEBODY)],
    ]
    test.each(spoilers.slice(0, isRoot ? 2 : 1))(
      'may be the user’s alone: a file in it %s is replaced, without a word',
      async (_which, spoil) => {
        const { installation, home } = await usersInstallation()
        spoil(execCodeIn(codeOf(installation)))
        const before = kept(codeOf(installation))
        await userRunsWell(installation, { HOME: home })
        expect(kept(codeOf(installation))).not.toEqual(before)
      },
    )

    test('that all can write to stays empty: code is kept elsewhere, without a warning', async () => {
      const { installation, home } = await usersInstallation()
      const folder = codeOf(installation)
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      chmodSync(folder, 0o777)
      await userRunsWell(installation, { HOME: home })
      expect(readdirSync(folder)).toEqual([])
      expect(namesIn(join(home, '.cache/cronitor/code'))).toContainEqual(expect.stringMatching(/^exec-/))
    })
  },
)

const notForRoot = isRoot ? noUser : 'the tests are not root’s'

describe.skipIf(notForRoot !== undefined)(
  `an installation of root’s, used by another${because(notForRoot)}`,
  () => {
    function rootsInstallation(): string {
      const above = tempDir('roots')
      chmodSync(above, 0o755)
      return installationInto(join(above, 'cronitor-exec'))
    }

    test.each<[string, (home: string) => [env: Environment, folder: string]]>([
      ['~/.cache', home => [{ HOME: home }, join(home, '.cache/cronitor/code')]],
      [
        'XDG_CACHE_HOME',
        home => [{ HOME: home, XDG_CACHE_HOME: join(home, 'a cache') }, join(home, 'a cache/cronitor/code')],
      ],
      [
        '~/.cache, if XDG_CACHE_HOME is a relative path',
        home => [{ HOME: home, XDG_CACHE_HOME: 'cache' }, join(home, '.cache/cronitor/code')],
      ],
    ])('keeps that user’s code in %s', async (_where, place) => {
      const installation = rootsInstallation()
      const [env, folder] = place(userHome())
      await userRunsWell(installation, env)
      expect(existsSync(codeOf(installation))).toBe(false)
      const before = kept(folder)
      expect(namesIn(folder).slice(0, 2)).toEqual(NAMES.slice(0, 2).map(name => expect.stringMatching(name)))
      await userRunsWell(installation, env)
      expect(kept(folder)).toEqual(before)

      // It is from there that the next run has it.
      cpSync(otherCode, execCodeIn(folder))
      expect(asSeen(await runAsUser(installation, 'a-key', env))).toEqual(OTHER_PROGRAM)
    })

    test('takes what root’s runs have kept', async () => {
      const installation = rootsInstallation()
      await runWell(installation)
      const before = kept(codeOf(installation))
      const home = userHome()
      await userRunsWell(installation, { HOME: home })
      expect(kept(codeOf(installation))).toEqual(before)
      expect(readdirSync(home)).toEqual([])
    })

    test.each<[string, () => Environment]>([
      ['without HOME', () => ({ HOME: undefined })],
      ['with a relative HOME', () => ({ HOME: 'home' })],
      [
        'with a HOME that cannot be written to',
        () => {
          const home = tempDir('unwritable')
          chmodSync(home, 0o755)
          return { HOME: home }
        },
      ],
      ['with a HOME that is missing', () => ({ HOME: '/no/such/home' })],
    ])('keeps nothing %s, and says nothing of it', async (_how, env) => {
      const installation = rootsInstallation()
      await userRunsWell(installation, env())
      await userRunsWell(installation, env())
      expect(existsSync(codeOf(installation))).toBe(false)
    })
  },
)

test.skipIf(!isRoot)('root does not look for code under HOME or XDG_CACHE_HOME', async () => {
  const home = tempDir('roots-home')
  const name = basename(otherCode)
  for (const cache of ['.cache', 'xdg']) {
    mkdirSync(join(home, cache, 'cronitor/code'), { recursive: true, mode: 0o755 })
    cpSync(otherCode, join(home, cache, 'cronitor/code', name))
  }
  const installation = installationInto()
  await runWell(installation, { HOME: home })
  rmSync(codeOf(installation), { recursive: true })
  await runWell(installation, { HOME: home, XDG_CACHE_HOME: join(home, 'xdg') })
  for (const cache of ['.cache', 'xdg']) expect(namesIn(join(home, cache, 'cronitor/code'))).toEqual([name])
})

describe('the version of Node.js', () => {
  /** A Node.js that notes when it is tried, and is an old one as long as the file `old` is there. */
  function watchedNode() {
    const folder = tempDir('node')
    const beside = tempDir('beside-node')
    const asked = join(beside, 'asked')
    const old = join(beside, 'old')
    const plays = join(beside, 'plays-old.cjs')
    writeFileSync(
      plays,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '12.22.12' } })\n",
    )
    const node = nodeThrough(
      folder,
      `[[ "$*" != *try.js* ]] || echo asked >> '${asked}'
if [ -e '${old}' ]; then
  [[ "$*" != *try.js* ]] || { echo v12.22.12 tried; exit; }
  options=(--require '${plays}')
fi`,
    )
    // The note is younger than what was installed.
    const longAgo = new Date('2020-01-01')
    utimesSync(node, longAgo, longAgo)
    utimesSync(folder, longAgo, longAgo)
    return {
      node,
      becomesOld: () => writeFileSync(old, ''),
      timesAsked: () => readFileSync(asked, { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1,
    }
  }

  /** The launcher looks beside the link and on PATH alone: the machine may have a Node.js in a usual place. */
  function installationWithoutUsualPlaces(): string {
    const installation = installationInto()
    const launcher = join(installation, 'bin/launch.sh')
    const text = readFileSync(launcher, 'utf8')
    const usual = / \/usr\/local\/bin \/usr\/bin [^;]+(?=; do)/
    expect(text).toMatch(usual)
    writeFileSync(launcher, text.replace(usual, ''))
    return installation
  }

  test('is asked for once, and then noted', async () => {
    const installation = installationInto()
    const { node, timesAsked } = watchedNode()
    for (let runs = 0; runs < 3; runs += 1) {
      await runWell(installation, { CRONITOR_NODE: node })
      expect(timesAsked()).toBe(1)
    }
  })

  test('is asked for again if Node.js is newer than the note', async () => {
    const installation = installationInto()
    const { node, timesAsked } = watchedNode()
    await runWell(installation, { CRONITOR_NODE: node })
    const soon = new Date(Date.now() + 60_000)
    utimesSync(node, soon, soon)
    await runWell(installation, { CRONITOR_NODE: node })
    expect(timesAsked()).toBe(2)
  })

  test('is noted although code exists: for another path to the same Node.js, and after it was asked again', async () => {
    const installation = installationInto()
    const [one, other] = [watchedNode(), watchedNode()]
    await runWell(installation, { CRONITOR_NODE: one.node })
    const code = kept(codeOf(installation)).slice(0, 2)
    for (let runs = 0; runs < 2; runs += 1) await runWell(installation, { CRONITOR_NODE: other.node })
    expect(other.timesAsked()).toBe(1)
    const longAgo = new Date('2000-01-01')
    utimesSync(join(codeOf(installation), 'nodes'), longAgo, longAgo)
    for (let runs = 0; runs < 2; runs += 1) await runWell(installation, { CRONITOR_NODE: one.node })
    expect(one.timesAsked()).toBe(2)
    expect(kept(codeOf(installation)).slice(0, 2)).toEqual(code)
  })

  test('is noted for each Node.js by its path, without the others’ being lost', async () => {
    const installation = installationInto()
    const [one, other] = [watchedNode(), watchedNode()]
    await runWell(installation, { CRONITOR_NODE: one.node })
    // Code of this version is there already; without it, it is kept anew, and the version noted.
    for (const name of readdirSync(codeOf(installation))) {
      if (name !== 'nodes') rmSync(join(codeOf(installation), name))
    }
    await runWell(installation, { CRONITOR_NODE: other.node })
    const notes = readFileSync(join(codeOf(installation), 'nodes'), 'utf8')
    const paths = notes.split('\n').flatMap(line => /^v\S+ (inspector|plain) (.*)$/.exec(line)?.[2] ?? [])
    expect(paths).toEqual([other.node, one.node])
    await runWell(installation, { CRONITOR_NODE: one.node })
    await runWell(installation, { CRONITOR_NODE: other.node })
    expect([one.timesAsked(), other.timesAsked()]).toEqual([1, 1])
  })

  test('was noted of a Node.js that is too old by now: the job runs once, by another Node.js', async () => {
    const installation = installationWithoutUsualPlaces()
    const { node, becomesOld, timesAsked } = watchedNode()
    await runWell(installation, { CRONITOR_NODE: node })
    becomesOld()
    const another = tempDir('another')
    symlinkSync(paths.node, join(another, 'node'))
    const key = sandbox.newKey()
    const result = await sandbox.run(
      [launcherOf(installation), key, 'sh', '-c', 'env; echo ran >> ran; exit 7'],
      {
        env: { CRONITOR_NODE: node, PATH: `${another}:/usr/bin:/bin` },
      },
    )
    expect([result.status, String(result.stderr)]).toEqual([7, ''])
    expect(String(result.stdout)).not.toContain('_CRONITOR')
    expect(String(result.stdout)).toContain(`CRONITOR_NODE=${node}\n`)
    expect(readFileSync(join(sandbox.home, 'ran'), 'utf8')).toBe('ran\n')
    rmSync(join(sandbox.home, 'ran'))
    expect(timesAsked()).toBe(2)
    const [, ended] = sandbox.eventsOf(key)
    expect([ended.state, ended.params.get('status_code')]).toEqual(['fail', '7'])
  })

  test('was noted of a Node.js that is too old by now, and there is no other: the job runs unmonitored', async () => {
    const installation = installationWithoutUsualPlaces()
    const { node, becomesOld } = watchedNode()
    await runWell(installation, { CRONITOR_NODE: node })
    becomesOld()
    const tools = tempDir('tools')
    for (const tool of ['sh', 'env', 'base64']) symlinkSync(`/usr/bin/${tool}`, join(tools, tool))
    const key = sandbox.newKey()
    const result = await sandbox.run([launcherOf(installation), key, 'sh', '-c', 'env; exit 7'], {
      env: { CRONITOR_NODE: node, PATH: tools },
    })
    expect(result.status).toBe(7)
    expect(String(result.stdout)).toContain(`CRONITOR_NODE=${node}\n`)
    expect(String(result.stdout)).not.toContain('_CRONITOR')
    expect(String(result.stderr)).toMatch(
      /^cronitor-exec: no Node\.js 20\.19 or newer was found[^\n]*; the job runs unmonitored\. [^\n]*\n$/,
    )
    expect(sandbox.api.events(key)).toEqual([])
  })
})
