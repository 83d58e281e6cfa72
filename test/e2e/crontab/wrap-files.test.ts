/** `cronitor crontab wrap` and `unwrap` on files. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asUser, isRoot, userFile, userHome, whyNoUser } from '../../support/other-user.ts'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { crontab, HEAD, said, TAB, tabFile, WRAPPER, wrap } from './crontab-commands.ts'

const namesIn = (folder: string) => readdirSync(folder).toSorted()

test('wrap prints a difference that patch can apply, and writes nothing without --apply', async () => {
  const file = tabFile()
  const result = await wrap([file])
  expect(said(result)).toEqual({ status: 0, stderr: ['cronitor: nothing was written: --apply writes it'] })
  expect(readFileSync(file, 'utf8')).toBe(TAB)
  expect(namesIn(dirname(file))).toEqual(['tab'])

  const copy = join(tempDir('patched'), 'tab')
  copyFileSync(file, copy)
  const patched = spawnSync('patch', ['--silent', copy], { input: result.stdout })
  await wrap(['--apply', file])
  if (patched.error === undefined) expect(readFileSync(copy, 'utf8')).toBe(readFileSync(file, 'utf8'))
  expect(readFileSync(file, 'utf8')).toContain(
    `0 2 * * * exec ${paths.bin.exec} backup-full '/usr/local/bin/backup --full'\n`,
  )
})

test.each([
  ['usual lines', TAB],
  ['CRLF', TAB.replaceAll('\n', '\r\n')],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(`${HEAD}0 1 * * * echo `), Buffer.from([0xe4, 0xff, 0x0a])]),
  ],
  ['UTF-8', `${HEAD}0 1 * * * echo 漢字 ü\n`],
])('unwrap gives back the bytes, and a second wrap changes nothing: %s', async (_, text) => {
  const file = tabFile(text)
  const before = readFileSync(file)
  expect((await wrap(['--apply', file])).status).toBe(0)
  const wrapped = readFileSync(file)
  expect(wrapped.equals(before)).toBe(false)

  const again = await wrap(['--apply', file])
  expect({ ...said(again), stdout: String(again.stdout) }).toEqual({ status: 0, stderr: [], stdout: '' })
  expect(readFileSync(file).equals(wrapped)).toBe(true)

  expect((await crontab(['unwrap', '--apply', file])).status).toBe(0)
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('the backup is beside the file under names that no cron reads, and none is overwritten', async () => {
  const file = tabFile()
  const first = await wrap(['--apply', '--jobs', 'backup-full', file])
  expect(said(first).stderr).toEqual([
    `cronitor: ${file}: a line changed; the old content is in ${dirname(file)}/.tab~`,
  ])
  const between = readFileSync(file, 'utf8')
  await wrap(['--apply', file])
  expect(namesIn(dirname(file))).toEqual(['.tab.2~', '.tab~', 'tab'])
  expect(readFileSync(join(dirname(file), '.tab~'), 'utf8')).toBe(TAB)
  expect(readFileSync(join(dirname(file), '.tab.2~'), 'utf8')).toBe(between)

  // The same content needs no second backup.
  await crontab(['unwrap', '--apply', file])
  await wrap(['--apply', file])
  expect(namesIn(dirname(file))).toEqual(['.tab.2~', '.tab.3~', '.tab~', 'tab'])
})

test('--backup-dir names another folder', async () => {
  const file = tabFile()
  const folder = join(tempDir('backups'), 'new')
  await wrap(['--apply', '--backup-dir', folder, file])
  const name = `${file.slice(1).replaceAll('/', '-')}~`
  expect(readFileSync(join(folder, name), 'utf8')).toBe(TAB)
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(namesIn(dirname(file))).toEqual(['tab'])
})

test('owner and mode stay, of the backup too, and cron sees a newer time', async () => {
  const file = tabFile()
  chmodSync(file, 0o640)
  if (isRoot) chownSync(file, 12, 34)
  const before = statSync(file)
  await wrap(['--apply', file])
  for (const path of [file, join(dirname(file), '.tab~')]) {
    const { mode, uid, gid } = statSync(path)
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid })
  }
  expect(Math.floor(statSync(file).mtimeMs / 1000)).toBeGreaterThan(Math.floor(before.mtimeMs / 1000))
})

test('a symbolic link stays: its target changes, and has the backup beside it', async () => {
  const target = tabFile()
  const link = join(tempDir('link'), 'link')
  symlinkSync(target, link)
  expect((await wrap(['--apply', link])).status).toBe(0)
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(target, 'utf8')).toContain('cronitor-exec')
  expect(namesIn(dirname(target))).toEqual(['.tab~', 'tab'])
  expect(namesIn(dirname(link))).toEqual(['link'])
})

test('a file with several names is not written', async () => {
  const file = tabFile()
  linkSync(file, join(dirname(file), 'other'))
  expect(said(await wrap(['--apply', file]))).toEqual({
    status: 1,
    stderr: [`cronitor: ${file} has 2 names (hard links), and is not written`],
  })
  expect(readFileSync(file, 'utf8')).toBe(TAB)
  expect(namesIn(dirname(file))).toEqual(['other', 'tab'])
})

test('a file that changes between reading and writing is not written', async () => {
  const file = tabFile()
  // wrap tries the wrapper before it writes, so that this one changes the file at the right moment.
  const wrapper = join(tempDir('wrapper'), 'cronitor-exec')
  writeFileSync(wrapper, `#!/bin/sh\necho '# new' >> '${file}'\n`, { mode: 0o755 })
  const result = await crontab(['wrap', '--wrapper', wrapper, '--apply', file])
  expect(said(result)).toEqual({
    status: 1,
    stderr: [`cronitor: ${file} has changed meanwhile, and was not written: try again`],
  })
  expect(readFileSync(file, 'utf8')).toBe(`${TAB}# new\n`)
  expect(namesIn(dirname(file))).toEqual(['tab'])
})

const noUser = whyNoUser()

test.skipIf(noUser !== undefined)(
  `a folder that may not be written: nothing changes${noUser ? ` (skipped: ${noUser})` : ''}`,
  async () => {
    const home = userHome()
    const file = userFile(home, 'tabs/tab', TAB, 0o644)
    chmodSync(dirname(file), 0o555)
    const argv = asUser([paths.bin.cronitor, 'crontab', 'wrap', ...WRAPPER, '--apply', file])
    const result = await run(argv, { cwd: home, env: { HOME: home } })
    chmodSync(dirname(file), 0o755)
    expect(said(result)).toEqual({
      status: 1,
      stderr: [`cronitor: ${file} cannot be written: permission denied`],
    })
    expect(readFileSync(file, 'utf8')).toBe(TAB)
    expect(namesIn(dirname(file))).toEqual(['tab'])
  },
)

const noMount = whyNoMount()

test.skipIf(noMount !== undefined)(
  `a full disk: nothing changes, and nothing is left behind${noMount ? ` (skipped: ${noMount})` : ''}`,
  async () => {
    const disk = tempDir('disk')
    const after = tempDir('after')
    const script = `
      mount -t tmpfs -o size=16k,mode=700 tmpfs "$0" || exit 99
      cp "$1" "$0/tab"
      dd if=/dev/zero of="$0/ballast" bs=4k status=none 2>/dev/null
      shift; "$@"; status=$?
      rm "$0/ballast"
      cp -r "$0/." '${after}'
      exit $status`
    const command = [paths.bin.cronitor, 'crontab', 'wrap', ...WRAPPER, '--apply', join(disk, 'tab')]
    const result = await run(['unshare', '--mount', '/bin/sh', '-c', script, disk, tabFile(), ...command])
    expect(said(result)).toEqual({
      status: 1,
      stderr: [`cronitor: ${join(disk, 'tab')} cannot be written: the disk is full`],
    })
    expect(namesIn(after)).toEqual(['tab'])
    expect(readFileSync(join(after, 'tab'), 'utf8')).toBe(TAB)
  },
)

describe('which jobs', () => {
  test('--jobs chooses by key and by line, and a job that is not there is an error', async () => {
    const file = tabFile()
    await wrap(['--apply', '--jobs', 'start,3', file])
    const wrapped = readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line.includes('exec /'))
    expect(wrapped).toHaveLength(2)
    expect(wrapped.join('\n')).toMatch(/ backup-full '[\s\S]* start '/)
    const wrong = await wrap(['--apply', '--jobs', 'start,nothing', file])
    expect(said(wrong)).toEqual({ status: 1, stderr: ['cronitor: --jobs: there is no job "nothing"'] })
  })

  test('a number that several crontabs have needs the file', async () => {
    const [one, other] = [tabFile(), tabFile()]
    const wrong = await wrap(['--jobs', '3', one, other])
    expect(said(wrong)).toEqual({
      status: 1,
      stderr: [`cronitor: --jobs: several crontabs have a job in line 3: write ${one}:3`],
    })
    await wrap(['--apply', '--jobs', `${other}:3`, one, other])
    expect([one, other].map(file => readFileSync(file, 'utf8') === TAB)).toEqual([true, false])
  })

  test('a line that cannot be wrapped is named with the reason, and the others are wrapped', async () => {
    const file = tabFile(`${HEAD}0 1 * * * first\nSHELL=/usr/bin/fish\n0 2 * * * second\n`)
    const result = await wrap(['--apply', file])
    expect(said(result)).toEqual({
      status: 0,
      stderr: [
        expect.stringMatching(`^cronitor: ${file}:4 stays as it is: SHELL=/usr/bin/fish is no Bourne shell`),
        expect.stringContaining('a line changed'),
      ],
    })
    expect((await wrap(['--jobs', '4', file])).status).toBe(1)
  })

  test('a missing file is an error, and the others are changed', async () => {
    const file = tabFile()
    const missing = join(dirname(file), 'missing')
    const result = await wrap(['--apply', missing, file])
    expect(result.status).toBe(1)
    expect(said(result).stderr[0]).toBe(`cronitor: ${missing} does not exist`)
    expect(readFileSync(file, 'utf8')).toContain('cronitor-exec')
  })
})

describe('the wrapper in the lines', () => {
  test('its name alone if the PATH of the line finds the same file', async () => {
    const bin = tempDir('bin')
    symlinkSync(paths.bin.exec, join(bin, 'cronitor-exec'))
    const file = tabFile(`${HEAD}0 1 * * * one\nPATH=${bin}:/usr/bin:/bin\n0 2 * * * two\n`)
    await crontab(['wrap', '--wrapper', join(bin, 'cronitor-exec'), '--apply', file])
    expect(readFileSync(file, 'utf8')).toContain(`exec ${bin}/cronitor-exec one 'one'\n`)
    expect(readFileSync(file, 'utf8')).toContain("exec cronitor-exec two 'two'\n")
  })

  test('one in the cache of npx or in a temporary folder is refused', async () => {
    const bin = join(tempDir('cache'), '_npx/0123/node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    // The executable's launcher finds its program beside it.
    for (const name of ['cronitor', 'cronitor-exec'])
      symlinkSync(join(dirname(paths.bin.exec), name), join(bin, name))
    const file = tabFile()
    const env = { PATH: `${bin}:/usr/bin:/bin` }
    const result = await run([join(bin, 'cronitor'), 'crontab', 'wrap', '--apply', file], { env })
    expect(said(result)).toEqual({
      status: 1,
      stderr: [
        expect.stringMatching(/_npx\/0123\/node_modules\/\.bin\/cronitor-exec is in a temporary folder/),
      ],
    })
    expect(readFileSync(file, 'utf8')).toBe(TAB)
  })

  test('a wrapper that does not start in the environment of the job is not written', async () => {
    const file = tabFile('CRONITOR_NODE=/nowhere/node\nPATH=/nowhere\n0 1 * * * one\n')
    const wrapper = join(tempDir('broken'), 'cronitor-exec')
    writeFileSync(wrapper, '#!/bin/sh\necho "cronitor-exec: no Node.js was found" >&2\nexit 125\n', {
      mode: 0o755,
    })
    const result = await crontab(['wrap', '--wrapper', wrapper, '--apply', file])
    expect(said(result).stderr).toEqual([
      `cronitor: ${file}:3 stays as it is: ${wrapper} does not start in cron's environment: no Node.js was found`,
    ])
  })

  test('its options are checked before they are written', async () => {
    const file = tabFile()
    const options = ['--env', 'staging', '--with', '--timeout 2h', '--with=--lock', '--with=--fail-if=a b']
    await wrap([...options, '--apply', file])
    expect(readFileSync(file, 'utf8')).toContain(
      `exec ${paths.bin.exec} --env staging --timeout 2h --lock '--fail-if=a b' backup-full '`,
    )
    for (const wrong of ['--timeout', '--no-such-option', '--timeout=soon', 'other-key', '--help']) {
      const result = await wrap([`--with=${wrong}`, tabFile()])
      expect({ wrong, status: result.status, stdout: String(result.stdout) }).toEqual({
        wrong,
        status: 2,
        stdout: '',
      })
    }
  })
})

test.each([
  [['list', '--user', 'root', '--system'], /--user cannot be combined with --system/],
  [['list', '--user', 'root', 'tab'], /--user cannot be combined with files/],
  [['wrap', '--wrapper', 'bin/cronitor-exec', 'tab'], /--wrapper.*absolute path/],
  [['wrap', '--grace', 'soon', 'tab'], /--grace.*duration/],
  [['check', '--jobs', 'a,,b', 'tab'], /--jobs.*monitor keys/],
  [['list', '--apply', 'tab'], /unknown option '--apply'/],
])('%j is a wrong command line', async (args, problem) => {
  const { status, stderr } = said(await crontab(args))
  expect(status).toBe(2)
  expect(stderr).toEqual([expect.stringMatching(problem)])
})

test('the backup keeps a file whose name begins with a dot apart', async () => {
  const file = join(tempDir('crontab'), '.tab')
  writeFileSync(file, TAB)
  await wrap(['--apply', file])
  expect(namesIn(dirname(file))).toEqual(['..tab~', basename(file)])
  expect(existsSync(join(dirname(file), '..tab~'))).toBe(true)
})
