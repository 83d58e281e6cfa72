import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startFakeApi } from '../../support/fake-api.ts'
import { paths, run } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'

/** npm's own Node.js is the one that runs the tests; what is installed is run by the one to be tested. */
const NPM_PATH = `${dirname(process.execPath)}:${process.env.PATH}`

const { version } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8')) as {
  version: string
}

let tarball: string
let prefix: string
let unpacked: string

beforeAll(() => {
  const folder = tempDir('install')
  const home = join(folder, 'home')
  prefix = join(folder, 'prefix')
  unpacked = join(folder, 'unpacked')
  for (const each of [home, prefix, unpacked]) mkdirSync(each)
  const npm = (args: readonly string[]) =>
    execFileSync('npm', args, {
      cwd: paths.project,
      encoding: 'utf8',
      env: { PATH: NPM_PATH, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  // Without scripts: dist/ is built before the tests, and other tests run it now.
  npm(['pack', '--ignore-scripts', '--pack-destination', folder])
  tarball = join(folder, `cronitor-exec-${version}.tgz`)
  npm(['install', '--global', '--prefix', prefix, '--offline', tarball])
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
}, 120_000)

test('both programs are on PATH, and a job that is run by them is reported', async () => {
  const api = await startFakeApi()
  const bin = join(prefix, 'bin')
  expect(readdirSync(bin).toSorted()).toEqual(['cronitor', 'cronitor-exec'])
  expect(readlinkSync(join(bin, 'cronitor-exec'))).toContain('node_modules/cronitor-exec/bin/cronitor-exec')
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    CRONITOR_TELEMETRY_URL: api.url,
    CRONITOR_API_KEY: 'key-of-the-installation',
  }
  const job = await run(['/bin/sh', '-c', 'cronitor-exec installed echo hello'], { env })
  expect({ ...job, stdout: String(job.stdout), stderr: String(job.stderr) }).toMatchObject({
    status: 0,
    stdout: 'hello\n',
    stderr: '',
  })
  const failed = await run(['/bin/sh', '-c', 'cronitor exec installed sh -c "exit 3"'], { env })
  expect(failed.status).toBe(3)
  const ping = await run(['/bin/sh', '-c', 'cronitor ping installed --ok'], { env })
  expect(ping.status).toBe(0)
  expect(api.events('installed').map(({ state }) => state)).toEqual(['run', 'complete', 'run', 'fail', 'ok'])
  const { stdout } = await run(['/bin/sh', '-c', 'cronitor --version; cronitor-exec --version'], { env })
  expect(String(stdout)).toBe(`cronitor ${version}\ncronitor-exec ${version}\n`)
  await api.close()
})

test('without the package of the database all but serve works, and serve says what is missing', async () => {
  const installed = join(prefix, 'lib/node_modules')
  expect(readdirSync(installed)).toEqual(['cronitor-exec'])
  const serving = await run([join(prefix, 'bin/cronitor'), 'serve', '--port', '0'])
  expect([serving.status, String(serving.stdout)]).toEqual([1, ''])
  expect(String(serving.stderr)).toMatch(/^cronitor: the package libsql, .* is not installed .*\n$/)
})

test('with it, serve needs nothing else that is not in the bundle', async () => {
  const elsewhere = join(tempDir('complete'), 'node_modules')
  cpSync(join(prefix, 'lib/node_modules/cronitor-exec'), join(elsewhere, 'cronitor-exec'), {
    recursive: true,
  })
  for (const name of ['libsql', '@libsql', '@neon-rs', 'detect-libc']) {
    cpSync(join(paths.project, 'node_modules', name), join(elsewhere, name), { recursive: true })
  }
  const server = await serve(['--json'], { program: [join(elsewhere, 'cronitor-exec/bin/cronitor')] })
  expect((await server.send('GET', '/p/any-key/job?state=ok')).status).toBe(200)
  await server.printed(1)
  server.running.signal('SIGTERM')
  expect((await server.running.done).status).toBe(0)
})

const hasMan =
  spawnSync('man', ['--version']).error === undefined || spawnSync('man', ['-w']).error === undefined

test.skipIf(!hasMan)(`the manual pages are found${hasMan ? '' : ' (skipped: there is no man)'}`, async () => {
  const folder = join(prefix, 'share/man')
  for (const page of ['cronitor-exec', 'cronitor', 'cronitor-ping', 'cronitor-spool']) {
    const { status, stdout } = await run(['man', '-M', folder, page], {
      env: { MANPAGER: 'cat', PAGER: 'cat', MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
    })
    expect(status).toBe(0)
    // A bold or underlined character may be struck twice, with a backspace between.
    const text = String(stdout).replace(/.\u0008|\u001b\[[\d;]*m/g, '')
    expect(text).toMatch(new RegExp(`^NAME\\n +${page} . `, 'm'))
    expect(text).toMatch(/^EXIT STATUS$/m)
  }
})

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(unpacked.length + 1))

test('the package holds what is needed to run it, and nothing else', () => {
  const all = files(unpacked)
  expect(new Set(all.map(name => name.split('/')[0]))).toEqual(
    new Set(['bin', 'dist', 'man', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']),
  )
  expect(all).toEqual(expect.arrayContaining(['dist/exec.cjs', 'dist/monitor.cjs', 'dist/cronitor.js']))
  expect(
    all.filter(
      name =>
        name.startsWith('dist/') &&
        !/\/((exec|options|monitor|control|print|regex|host)\.cjs|library\.(js|d\.ts)|(cronitor|store-worker)(-\w+)?\.js|page\.(js|css|svg))$/.test(
          name,
        ),
    ),
  ).toEqual(['dist/THIRD-PARTY-LICENSES.txt'])
  const { dependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
    dependencies?: unknown
  }
  expect(dependencies).toBeUndefined()
})

test('the package names nothing of the machine that built it', () => {
  for (const name of files(unpacked)) {
    const text = readFileSync(join(unpacked, name), 'latin1')
    expect(text.includes(paths.project), `${name} has ${paths.project}`).toBe(false)
    expect(text, name).not.toMatch(/(?<![\w.])\/(?:root|work|tmp)\/[\w.]/)
    if (hostname().length > 4) expect(text.includes(hostname()), `${name} has ${hostname()}`).toBe(false)
  }
})

test('the licence of each library in the bundle comes with it', () => {
  const text = readFileSync(join(unpacked, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const name of ['commander', 'execa', 'chalk', 'cross-spawn', '@sindresorhus/merge-streams']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$`, 'm'))
  }
  // Each part has more than its heading.
  const parts = text.split(`${'-'.repeat(80)}\n`).slice(1)
  expect(parts.length).toBeGreaterThan(10)
  for (const part of parts) expect(part).toMatch(/permission|permitted|licen[cs]e/i)
})
