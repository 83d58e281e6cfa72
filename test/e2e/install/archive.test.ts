/** `install.sh` of the archive, in several shells, with small programs in the place of ours; and the archive itself. */

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { startFakeApi } from '../../support/fake-api.ts'
import { isExecutable, paths, type RunResult, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { reportingTo } from '../../support/wrapper.ts'

const SHELLS = ['dash', 'busybox sh', 'mksh', 'bash']

const DEFAULT_PROGRAM = '#!/bin/sh\necho cronitor 1.0\n'

/** A folder as the archive has it. */
function unpacked(program = DEFAULT_PROGRAM, more: Readonly<Record<string, string>> = {}): string {
  const folder = join(tempDir('archive'), 'cronitor-exec 1.0')
  const files: Readonly<Record<string, string>> = {
    'lib/cronitor-exec/cronitor': program,
    'lib/cronitor-exec/cronitor-exec': '#!/bin/sh\necho job\n',
    'share/man/man1/cronitor.1': 'page\n',
    ...more,
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text, { mode: 0o755 })
  }
  const links = ['cronitor-exec', 'cronitor'].map(name => `link ../lib/cronitor-exec/${name} bin/${name}\n`)
  const lines = Object.keys(files).map(path => `file ${path.startsWith('lib/') ? 755 : 644} ${path}\n`)
  writeFileSync(join(folder, 'contents'), [...lines, ...links].join(''))
  writeFileSync(join(folder, 'target'), 'linux-x64\n')
  copyFileSync(join(paths.project, 'packaging/install.sh'), join(folder, 'install.sh'))
  return folder
}

interface Said {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const said = ({ status, stdout, stderr }: RunResult): Said => ({
  status,
  stdout: String(stdout),
  stderr: String(stderr),
})

const PATH = '/usr/bin:/bin'

async function install(
  folder: string,
  args: readonly string[],
  shell: readonly string[] = ['sh'],
): Promise<Said> {
  return said(await run([...shell, join(folder, 'install.sh'), ...args], { env: { PATH } }))
}

/** All paths below a folder, and what links lead to. */
function tree(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => {
      const at = join(folder, path)
      return lstatSync(at).isSymbolicLink() ? `${path} -> ${readlinkSync(at)}` : path
    })
    .toSorted()
}

test.for(SHELLS)(
  '%s installs, upgrades and uninstalls, and leaves what others have there',
  async (shell, { skip }) => {
    const argv = shell.split(' ')
    if (spawnSync(argv[0] ?? '', ['-c', ':']).error !== undefined) skip(`there is no ${shell}`)
    const prefix = join(tempDir('prefix'), 'a b')
    mkdirSync(join(prefix, 'share'), { recursive: true })
    writeFileSync(join(prefix, 'share/others'), '')
    const before = tree(prefix)

    const dry = await install(unpacked(), ['--dry-run', `--prefix=${prefix}`], argv)
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(dry.stdout).toContain(`would write ${prefix}/bin/cronitor-exec\n`)
    expect(tree(prefix)).toEqual(before)

    const installed = await install(unpacked(undefined, { 'share/old': 'old' }), ['--prefix', prefix], argv)
    expect(installed).toMatchObject({ status: 0, stderr: '' })
    expect(installed.stdout).toContain(`cronitor 1.0 is installed in ${prefix}.\n`)
    expect(installed.stdout).toContain(`does not find it: write ${prefix}/bin/cronitor-exec in crontabs`)
    const all = tree(prefix)
    expect(all).toEqual(
      expect.arrayContaining([
        'bin/cronitor-exec -> ../lib/cronitor-exec/cronitor-exec',
        'share/man/man1/cronitor.1',
        'share/old',
      ]),
    )
    expect(lstatSync(join(prefix, 'share/man/man1/cronitor.1')).mode & 0o777).toBe(0o644)

    const newer = unpacked('#!/bin/sh\necho cronitor 2.0\n', { 'lib/cronitor-exec/install.sh': 'x' })
    copyFileSync(join(newer, 'install.sh'), join(newer, 'lib/cronitor-exec/install.sh'))
    expect(await install(newer, ['--prefix', prefix], argv)).toMatchObject({ status: 0, stderr: '' })
    expect(tree(prefix)).toEqual(
      [...all.filter(path => path !== 'share/old'), 'lib/cronitor-exec/install.sh'].toSorted(),
    )

    const removed = await install(join(prefix, 'lib/cronitor-exec'), ['--uninstall'], argv)
    expect(removed).toMatchObject({ status: 0, stderr: '' })
    expect(tree(prefix)).toEqual(before)
  },
)

test('a foreign cronitor stays, and a foreign cronitor-exec stops the installation', async () => {
  const prefix = tempDir('prefix')
  mkdirSync(join(prefix, 'bin'))
  writeFileSync(join(prefix, 'bin/cronitor'), 'official')
  const { status, stdout } = await install(unpacked(), ['--prefix', prefix])
  expect(status).toBe(0)
  expect(stdout).toContain(`${prefix}/bin/cronitor belongs to another program, and stays as it is.\n`)
  expect((await install(unpacked(), ['--prefix', prefix, '--uninstall'])).status).toBe(0)
  expect(tree(prefix)).toEqual(['bin', 'bin/cronitor'])
  expect(readFileSync(join(prefix, 'bin/cronitor'), 'utf8')).toBe('official')

  symlinkSync('../lib/node_modules/cronitor-exec/bin/cronitor-exec', join(prefix, 'bin/cronitor-exec'))
  const refused = await install(unpacked(), ['--prefix', prefix])
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain(
    `${prefix}/bin/cronitor-exec belongs to another installation: remove that first`,
  )
  expect(tree(prefix)).toHaveLength(3)
})

test('a program that does not start replaces nothing', async () => {
  const prefix = tempDir('prefix')
  await install(unpacked(), ['--prefix', prefix])
  const before = tree(prefix)
  const { status, stderr } = await install(unpacked('#!/bin/sh\necho bad >&2; exit 1\n'), [
    '--prefix',
    prefix,
  ])
  expect({ status, lines: stderr.split('\n').length }).toEqual({ status: 1, lines: 2 })
  expect(stderr).toMatch(
    /(does not start on this machine: bad|this archive is for linux-x64.*); nothing was installed\n$/,
  )
  expect(tree(prefix)).toEqual(before)
  expect(readFileSync(join(prefix, 'lib/cronitor-exec/cronitor'), 'utf8')).toBe(DEFAULT_PROGRAM)
  const empty = join(tempDir('prefix'), 'new')
  expect((await install(unpacked('#!/nowhere\n'), ['--prefix', empty])).status).toBe(1)
  expect(existsSync(join(empty, 'lib'))).toBe(false)
})

test('each job that starts during upgrades finds the program', async () => {
  const prefix = tempDir('prefix')
  const folder = unpacked()
  await install(folder, ['--prefix', prefix])
  const jobs = start(
    [
      'sh',
      '-c',
      'while [ ! -e stop ]; do "$0/bin/cronitor-exec" || exit 1; "$0/bin/cronitor" || exit 1; done',
      prefix,
    ],
    { env: { PATH } },
  )
  const finished = () => String(jobs.output().stdout).split('\n').length
  // On a busy machine, the jobs may get no time during the first upgrades.
  for (let round = 0; round < 5 || finished() <= 10; round += 1) {
    expect((await install(folder, ['--prefix', prefix])).status).toBe(0)
  }
  writeFileSync(join(jobs.home, 'stop'), '')
  const { status, stderr } = await jobs.done
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
})

test.each([
  [['--prefix'], '--prefix needs a folder'],
  [['--prefix', 'relative'], '--prefix relative: expected an absolute path'],
  [['--force'], "there is no option '--force'"],
])('install.sh %j is a wrong command line', async (args, problem) => {
  expect(await install(unpacked(), args)).toEqual({
    status: 2,
    stdout: '',
    stderr: `install.sh: ${problem}; see install.sh --help\n`,
  })
})

test('nothing is removed that it has not installed, also with a damaged list', async () => {
  const prefix = tempDir('prefix')
  expect((await install(unpacked(), ['--prefix', prefix, '--uninstall'])).stderr).toContain(
    'has installed nothing in',
  )
  await install(unpacked(), ['--prefix', prefix])
  writeFileSync(
    join(prefix, 'lib/cronitor-exec/installed-files'),
    `file 644 ../../${prefix}/x\nfile 644 bin/cronitor\n`,
  )
  const before = tree(prefix)
  expect((await install(unpacked(), ['--prefix', prefix, '--uninstall'])).stderr).toContain(
    'is damaged: nothing was removed',
  )
  expect(tree(prefix)).toEqual(before)
})

const noMount = whyNoMount()

test.skipIf(noMount !== undefined)(
  `on a disk that is mounted noexec, it says so (${noMount ? `skipped: ${noMount}` : 'needs root'})`,
  async () => {
    const prefix = tempDir('noexec')
    const script =
      'mount -t tmpfs -o noexec tmpfs "$1" && sh "$0/install.sh" --prefix "$1/p"; s=$?; ls "$1/p"; exit $s'
    const result = said(
      await run(['unshare', '--mount', 'sh', '-c', script, unpacked(), prefix], {
        env: { PATH: `${PATH}:/usr/sbin:/sbin` },
      }),
    )
    expect(result.status).toBe(1)
    expect(result.stderr).toContain(
      'is it mounted noexec?): choose another --prefix; nothing was installed\n',
    )
    expect(result.stdout).toBe('')
  },
)

test.skipIf(!isExecutable)(
  `the archive holds nothing that differs between builds, and its executable runs a job where it is installed${isExecutable ? '' : ' (skipped: only with TEST_EXECUTABLE)'}`,
  async () => {
    const out = tempDir('packages')
    execFileSync('node', [
      join(paths.project, 'packaging/build.mjs'),
      ...['--format', 'archive', '--fast', '--out', out],
    ])
    const name = readdirSync(out).find(each => each.endsWith('.tar.gz')) ?? ''
    const bytes = readFileSync(join(out, name))
    const sum = createHash('sha256').update(bytes).digest('hex')
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toContain(`${sum}  ${name}\n`)
    // gzip's header has no time (RFC 1952), and all that differs between two builds is in the list.
    expect(bytes.readUInt32LE(4)).toBe(0)
    const list = execFileSync('tar', ['-tvzf', join(out, name), '--numeric-owner', '--full-time'], {
      encoding: 'utf8',
    })
    const rows = list
      .split('\n')
      .slice(0, -1)
      .map(line => line.split(/ +/))
    expect(new Set(rows.map(([, owner, , day, time]) => `${owner} ${day} ${time}`)).size).toBe(1)
    expect(rows[0]?.[1]).toBe('0/0')
    expect(rows.map(([mode]) => mode)).toEqual(
      rows.map(() => expect.stringMatching(/^(-rw-r--r--|[-d]rwxr-xr-x|l)/)),
    )
    const names = rows.map(row => row[5] ?? '')
    expect(names).toEqual(
      names.toSorted((one, other) => (one.replace(/\/$/, '') < other.replace(/\/$/, '') ? -1 : 1)),
    )

    const folder = tempDir('unpacked')
    execFileSync('tar', ['xzf', join(out, name), '--strip-components=1', '-C', folder])
    rmSync(join(out, name))
    const prefix = join(folder, 'prefix')
    expect(await install(folder, ['--prefix', prefix])).toMatchObject({ status: 0, stderr: '' })
    const api = await startFakeApi()
    const job = await run([join(prefix, 'bin/cronitor-exec'), 'nightly', 'echo', 'done'], {
      env: reportingTo(api, { PATH }),
    })
    await api.close()
    expect(said(job)).toEqual({ status: 0, stdout: 'done\n', stderr: '' })
    chmodSync(folder, 0o700)
    expect((await install(folder, ['--prefix', prefix, '--uninstall'])).status).toBe(0)
    expect(existsSync(prefix) && tree(prefix)).toEqual([])
  },
)
