import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startFakeApi } from '../../support/fake-api.ts'
import { paths, run } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { reportingTo } from '../../support/wrapper.ts'

/** npm's own Node.js is the one that runs the tests; what is installed is run by the one to be tested. */
const NPM_PATH = `${dirname(process.execPath)}:${process.env.PATH}`

const { version } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8')) as {
  version: string
}

let tarball: string
let prefix: string
let unpacked: string
/** A project with the package. */
let local: string
/** What npm has printed on stderr. */
let printed: string

beforeAll(() => {
  const folder = tempDir('install')
  const home = join(folder, 'home')
  prefix = join(folder, 'prefix')
  unpacked = join(folder, 'unpacked')
  local = join(folder, 'local')
  for (const each of [home, prefix, unpacked, local]) mkdirSync(each)
  const execute = (argv: readonly string[], cwd: string) => {
    const [program = '', ...args] = argv
    const env = { PATH: NPM_PATH, HOME: home, NPM_CONFIG_UPDATE_NOTIFIER: 'false' }
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env })
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stdout}${stderr}`)
    return stderr
  }
  execute(['node', 'scripts/build-npm.mjs', folder], paths.project)
  tarball = join(folder, `cronitor-exec-${version}.tgz`)
  printed = execute(['npm', 'install', '--global', '--prefix', prefix, '--offline', tarball], folder)
  writeFileSync(join(local, 'package.json'), '{ "private": true, "type": "module" }')
  const options = ['--offline', '--omit=optional', '--ignore-scripts']
  printed += execute(['npm', 'install', ...options, tarball], local)
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
}, 600_000)

test('npm prints no warning, and has nothing to run', () => {
  expect(printed).toBe('')
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as object
  for (const name of ['scripts', 'devDependencies', 'overrides', 'allowScripts'])
    expect(manifest).not.toHaveProperty(name)
})

test('npx runs it in a project', async () => {
  const { status, stdout, stderr } = await run(['npx', '--no-install', 'cronitor-exec', '--version'], {
    cwd: local,
    env: { PATH: NPM_PATH, NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
  })
  expect([status, String(stdout), String(stderr)]).toEqual([0, `cronitor-exec ${version}\n`, ''])
})

const PROGRAM = `
import { type PingResult, ping, type RunResult, run, WrongArgumentError } from 'cronitor-exec'

const result: RunResult = await run('typed', ['sh', '-c', 'exit 3'], { timeout: '10m', stdout: 'collect', failIf: ['a'] })
switch (result.kind) {
  case 'exited': {
    const status: number = result.status
    console.log(status, result.stdout?.bytes.length)
    break
  }
  case 'killed': {
    const signal: NodeJS.Signals = result.signal
    console.log(signal)
    break
  }
  case 'timed-out':
  case 'not-started':
    console.log(result.reason)
    break
  default:
    result satisfies never
}
const rows: number = await run('typed', async ({ metrics, signal }) => {
  metrics.count = signal.aborted ? 0 : 1
  return 42
})
const sent: PingResult = await ping('typed', { state: 'ok', metrics: { rows }, environment: process.env })
console.log(rows, sent.events.kind)

// @ts-expect-error: no unit
void (() => run('typed', 'true', { timeout: '10' }))
// @ts-expect-error: a number
void (() => run('typed', 'true', { timeout: 10 }))
// @ts-expect-error: no such option
void (() => run('typed', 'true', { printCommand: true }))
// @ts-expect-error: no state
void (() => ping('typed', {}))
await run('typed', 'true', { series: 'a b' }).catch((error: unknown) => {
  if (!(error instanceof WrongArgumentError)) throw error
})
`

// Three compilations take half a minute, and on a busy machine ten times as long.
test('a program in TypeScript is checked against its types, and runs', { timeout: 600_000 }, async () => {
  const api = await startFakeApi()
  writeFileSync(join(local, 'program.ts'), PROGRAM)
  mkdirSync(join(local, 'node_modules/@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types'])
    cpSync(join(paths.project, 'node_modules', name), join(local, 'node_modules', name), { recursive: true })
  const compile = (module: string, resolution: string) => {
    const options = { target: 'es2023', module, moduleResolution: resolution, types: ['node'], strict: true }
    const compilerOptions = { ...options, exactOptionalPropertyTypes: true, skipLibCheck: false }
    writeFileSync(join(local, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    const compiler = join(paths.project, 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [compiler, '-p', local], { encoding: 'utf8' }).stdout
  }
  expect(compile('esnext', 'bundler')).toBe('')
  expect(compile('node16', 'node16')).toBe('')
  expect(compile('nodenext', 'nodenext')).toBe('')
  const env = reportingTo(api)
  const { status, stdout, stderr } = await run([paths.node, 'program.js'], { cwd: local, env })
  expect([status, String(stdout), String(stderr)]).toEqual([0, '3 0\n42 delivered\n', ''])
  expect(api.events('typed').map(({ state }) => state)).toEqual([
    ...['run', 'fail', 'run', 'complete', 'ok', 'run', 'complete'],
  ])
  await api.close()
})

test('a CommonJS program requires it, without a warning', async () => {
  const program = `
    const { run, ping, WrongArgumentError } = require('cronitor-exec')
    console.log(typeof run, typeof ping, typeof WrongArgumentError, require('cronitor-exec/package.json').version)`
  writeFileSync(join(local, 'program.cjs'), program)
  const { status, stdout, stderr } = await run([paths.node, 'program.cjs'], { cwd: local })
  expect([status, String(stdout), String(stderr)]).toEqual([0, `function function function ${version}\n`, ''])
})

test('both programs are on PATH, and a job that is run by them is reported', async () => {
  const api = await startFakeApi()
  const bin = join(prefix, 'bin')
  expect(readdirSync(bin).toSorted()).toEqual(['cronitor', 'cronitor-exec'])
  expect(readlinkSync(join(bin, 'cronitor-exec'))).toContain('node_modules/cronitor-exec/bin/cronitor-exec')
  const env = reportingTo(api, { PATH: `${bin}:/usr/bin:/bin` })
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
    new Set([
      ...[
        'bin',
        'dist',
        'man',
        'docs',
        'examples',
        'bench',
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'LICENSE',
        'README.md',
      ],
      ...['SECURITY.md', 'package.json'],
    ]),
  )
  expect(all.filter(name => name.startsWith('bench/'))).toEqual(['bench/RESULTS.md'])
  expect(all.filter(name => name.startsWith('docs/') && !/\.(md|png|svg)$/.test(name))).toEqual([])
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

test.each(['README.md', 'docs'])('the links in %s lead to files of the package', from => {
  const documents = files(unpacked).filter(name => name.startsWith(from) && name.endsWith('.md'))
  expect(documents).not.toEqual([])
  const missing = documents.flatMap(document =>
    [...readFileSync(join(unpacked, document), 'utf8').matchAll(/\]\(([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter(target => !/^https?:/.test(target) && !existsSync(join(unpacked, dirname(document), target)))
      .map(target => `${document} → ${target}`),
  )
  expect(missing).toEqual([])
})

test('the package names nothing of the machine that built it', () => {
  for (const name of files(unpacked)) {
    const text = readFileSync(join(unpacked, name), 'latin1')
    expect(text.includes(paths.project), `${name} has ${paths.project}`).toBe(false)
    // The guides have examples of paths.
    if (!/^(docs|bench|examples)\//.test(name))
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
