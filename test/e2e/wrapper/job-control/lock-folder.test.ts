import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asUser, isRoot, userHome, whyNoUser } from '../../../support/other-user.ts'
import { printed, startWrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { until } from '../../../support/until.ts'
import { apiForTest } from '../../../support/wrapper.ts'

/** A job that runs until a file exists. */
function untilTold() {
  const folder = tempDir('told')
  chmodSync(folder, 0o755)
  const file = join(folder, 'stop')
  return {
    job: ['sh', '-c', `echo up; while ! [ -e ${file} ]; do sleep 0.02; done`],
    tell: () => writeFileSync(file, ''),
  }
}

interface Options {
  readonly through?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

async function startLocked(dir: string, job: readonly string[], { through = [], env = {} }: Options = {}) {
  const api = await apiForTest()
  const flags = ['--lock', '--lock-dir', dir]
  const running = startWrapped(api, job, { flags, through, env })
  const end = async () => {
    const { status, signal, stdout, stderr } = await running.done
    const events = api.events().map(({ state }) => state)
    return { end: signal ?? status, stdout: String(stdout), stderr: String(stderr), events }
  }
  return { running, end }
}

const run = async (dir: string, options?: Options) => (await startLocked(dir, ['echo', 'ran'], options)).end()

test.each([
  [
    'that everyone may write to',
    (path: string) => {
      mkdirSync(path)
      chmodSync(path, 0o777)
    },
    (path: string) => `${path} is writable by everyone`,
  ],
  ['that is a file', (path: string) => writeFileSync(path, ''), (path: string) => `${path} is not a folder`],
  [
    'that is a link to nowhere',
    (path: string) => symlinkSync('/no/such/folder', path),
    (path: string) => `${path} cannot be made: `,
  ],
])('with a folder %s, the job is not run, and fail is reported', async (_, make, problem) => {
  const path = join(tempDir('lock-folder'), 'locks')
  make(path)
  const seen = await run(path)
  expect(seen).toMatchObject({ end: 125, stdout: '', events: ['run', 'fail'] })
  const line = `cronitor-exec: not run, because the lock cannot be taken: ${problem(path)}`
  expect(seen.stderr.startsWith(line)).toBe(true)
  expect(seen.stderr.trim().split('\n').length).toBe(1)
})

test('a folder that is missing is made', async () => {
  const path = join(tempDir('lock-folder'), 'a/b')
  expect(await run(path)).toMatchObject({ end: 0, stdout: 'ran\n', stderr: '' })
  expect(readdirSync(path)).toEqual([])
})

const noUser = isRoot ? whyNoUser() : 'not root'

/** Of a user who is not root. */
function user(): Required<Options> {
  const home = userHome()
  return { through: asUser(['env']), env: { HOME: home, CRONITOR_SPOOL_DIR: undefined } }
}

test.skipIf(noUser)(
  `a folder of another user, or without the right to write, is refused${noUser ? ` (${noUser})` : ''}`,
  async () => {
    const ofUser = userHome()
    expect(await run(ofUser)).toMatchObject({
      end: 125,
      stderr: `cronitor-exec: not run, because the lock cannot be taken: ${ofUser} belongs to another user (65534)\n`,
    })
    const ofRoot = tempDir('lock-folder')
    chmodSync(ofRoot, 0o755)
    const seen = await run(ofRoot, user())
    expect(seen).toMatchObject({ end: 125, stdout: '', events: ['run', 'fail'] })
    expect(seen.stderr).toContain(`${ofRoot}: permission denied\n`)
  },
)

test.skipIf(noUser)(
  `runs of several users share a sticky folder${noUser ? ` (${noUser})` : ''}`,
  async () => {
    const dir = tempDir('lock-folder')
    chmodSync(dir, 0o1777)
    const { job, tell } = untilTold()
    const first = await startLocked(dir, job)
    await printed(first.running, 'up')
    const locked = await run(dir, user())
    expect(locked).toMatchObject({ end: 75, stdout: '' })
    expect(locked.stderr).toMatch(/ is held: process \d+ \(sh -c echo up; /)
    tell()
    await first.end()
    expect(await run(dir, user())).toMatchObject({ end: 0, stdout: 'ran\n' })

    // The other way round; then both processes are killed, and root's entries cannot be removed by the user.
    const other = untilTold()
    const second = await startLocked(dir, other.job, user())
    await printed(second.running, 'up')
    expect(await run(dir)).toMatchObject({ end: 75 })
    second.running.signalGroup('SIGKILL')
    await second.end()
    const third = await startLocked(dir, other.job)
    await printed(third.running, 'up')
    third.running.signalGroup('SIGKILL')
    await third.end()
    expect(readdirSync(dir).length).toBe(3)
    expect(await run(dir, user())).toMatchObject({ end: 0, stdout: 'ran\n', stderr: '' })
    expect(readdirSync(dir).length).toBe(3)
    expect(await run(dir)).toMatchObject({ end: 0, stdout: 'ran\n' })
    expect(readdirSync(dir)).toEqual([])
  },
)

test.skipIf(noUser)(
  `links and files that others have put into the folder do no harm${noUser ? ` (${noUser})` : ''}`,
  async () => {
    const dir = tempDir('lock-folder')
    chmodSync(dir, 0o1777)
    const { job, tell } = untilTold()
    const first = await startLocked(dir, job)
    await printed(first.running, 'up')
    const names = readdirSync(dir)
    tell()
    await first.end()
    for (const name of names) {
      const planted = join(dir, name.replace(/\.[^.]+\./, '.0000-planted.'))
      symlinkSync('/etc/passwd', planted)
      execFileSync('chown', ['-h', '65534', planted])
    }
    writeFileSync(join(dir, `${names[0]?.split('.')[0]}.0001-planted.try`), 'v1')
    expect(await run(dir)).toMatchObject({ end: 0, stdout: 'ran\n', stderr: '' })
  },
)

test.skipIf(noUser)(
  `the locks of a user are in the state folder${noUser ? ` (${noUser})` : ''}`,
  async () => {
    const api = await apiForTest()
    const { through, env } = user()
    const job = ['sh', '-c', 'ls "$HOME/.local/state/cronitor/lock"']
    const { stdout, stderr } = await startWrapped(api, job, { flags: ['--lock'], through, env }).done
    expect([String(stdout).trim().split('\n').length, String(stderr)]).toEqual([3, ''])
  },
)

const noNamespace = whyNoPidNamespace()

function whyNoPidNamespace(): string | undefined {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no right to a PID namespace (unshare --pid)'
  }
}

test.skipIf(noNamespace)(
  `a holder in another PID namespace blocks while it exists${noNamespace ? ` (${noNamespace})` : ''}`,
  async () => {
    const dir = tempDir('lock-folder')
    // Not as the first process of the namespace, with which all others would end.
    const through = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', '"$@"; exit', 'sh']
    const { job, tell } = untilTold()
    const inner = await startLocked(dir, job, { through })
    await printed(inner.running, 'up')
    expect(await run(dir)).toMatchObject({ end: 75 })
    // From another namespace it cannot be seen, but its entry is new.
    expect(await run(dir, { through })).toMatchObject({ end: 75 })
    tell()
    await inner.end()
    expect(await run(dir)).toMatchObject({ end: 0 })

    const other = untilTold()
    const killed = await startLocked(dir, other.job, { through })
    await printed(killed.running, 'up')
    expect(await run(dir)).toMatchObject({ end: 75 })
    killed.running.signalGroup('SIGKILL')
    await killed.end()
    await until('the namespace is gone', async () => (await run(dir)).end === 0)
  },
)
