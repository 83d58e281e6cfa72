import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { CONTROL_OPTIONS } from '../../src/commands/exec/control/control-options.ts'
import { execCommand } from '../../src/commands/exec/exec-command.ts'
import { program } from '../../src/commands/program.ts'
import { LOCKED_STATUS, TIMED_OUT_STATUS, WRAPPER_USAGE_STATUS } from '../../src/job/exit-status.ts'
import { findProgram } from '../../src/job/find-program.ts'
import { exitStatusOf } from '../../src/job/job-end.ts'
import {
  DEFAULT_DELIVER_WITHIN_MS,
  DEFAULT_SPOOL_MAX_AGE_MS,
  DEFAULT_SPOOL_MAX_BYTES,
  DEFAULT_URL,
  ROOT_SPOOL_DIR,
  SYSTEM_FILE,
} from '../../src/settings/defaults.ts'
import { COURIER_LIFETIME_MS } from '../../src/spool/courier/courier.ts'
import { formatDuration } from '../../src/system/duration.ts'
import { formatSize } from '../../src/system/size.ts'
import { paths } from '../support/run.ts'
import { tempDir } from '../support/temp.ts'
import { GUIDES } from './guides.ts'
import { MAN_PAGES } from './man-pages.ts'
import { LISTS, withOptionLists } from './option-lists.ts'

const REFERENCE = 'docs/reference.md'
const DOCUMENTS = [REFERENCE, ...MAN_PAGES]

const CRONTAB_PARTS = ['list', 'check', 'wrap', 'unwrap'].map(part => `crontab ${part}`)
const SPOOL_PARTS = ['list', 'flush', 'retry', 'drop'].map(part => `spool ${part}`)

const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }

test.each(DOCUMENTS)('%s lists the options as the tables in src/commands/ have them', path => {
  const text = read(path)
  const wanted = withOptionLists(text, path.endsWith('.md') ? 'md' : 'man')
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(paths.project, path), wanted)
  else expect(text, 'UPDATE_DOCS=1 npx vitest run test/docs writes it anew').toBe(wanted)
})

test('each list of the table is in the reference and in a man page', () => {
  const lists = (texts: readonly string[]) =>
    new Set(
      texts.flatMap(text =>
        [...text.matchAll(/options: begin ([A-Z ]+)/g)].flatMap(([, names = '']) => names.trim().split(' ')),
      ),
    )
  const all = Object.keys(LISTS)
  expect([...lists([read(REFERENCE)])]).toEqual(expect.arrayContaining(all))
  expect([...lists(MAN_PAGES.map(read))]).toEqual(expect.arrayContaining(all))
})

test.each([
  ['cronitor-exec', ['EXEC', 'CONTROL', 'SETTINGS', 'VERSION']],
  ['cronitor', ['SETTINGS', 'VERSION']],
  ['exec', ['EXEC', 'CONTROL', 'SETTINGS']],
  ['ping', ['PING', 'SETTINGS']],
  ['runs', ['RUNS']],
  ['doctor', ['DOCTOR']],
  ['configure', ['CONFIGURE']],
  ['serve', ['SERVE']],
  ['spool', []],
  ['help', []],
  ['spool list', ['LIST', 'SETTINGS']],
  ['spool flush', ['SETTINGS']],
  ['spool retry', ['RETRY', 'SETTINGS']],
  ['spool drop', ['DROP', 'SETTINGS']],
  ['crontab', []],
  ['crontab list', ['CRONTABLIST']],
  ['crontab check', ['CRONTABCHECK']],
  ['crontab wrap', ['CRONTABWRAP']],
  ['crontab unwrap', ['CRONTABUNWRAP']],
])('--help of %s lists exactly its options', (name, lists) => {
  const command =
    name === 'cronitor-exec'
      ? execCommand('cronitor-exec', async () => {}, CONTROL_OPTIONS)
      : commandCalled(name)
  const help = command?.helpInformation() ?? ''
  const listed = [...help.matchAll(/^ {2}(-.+?)(?: {2}|\n)/gm)].map(([, flags]) => flags)
  const wanted = lists.flatMap(list => (LISTS[list] ?? []).map(({ flags }) => flags))
  expect(listed.toSorted()).toEqual([...new Set([...wanted, '-h, --help'])].toSorted())
})

test.each(
  ['cronitor', 'exec', 'ping', 'serve', 'runs', 'spool', 'crontab', 'doctor', 'configure', 'help'].concat(
    SPOOL_PARTS,
    CRONTAB_PARTS,
  ),
)('the help of %s fits a terminal of 80 columns', name => {
  let text = ''
  const command = commandCalled(name)?.configureOutput({ writeOut: written => (text += written) })
  command?.outputHelp()
  expect(text).toContain('Usage: ')
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})

test('the help of spool and the guide describe all subcommands except the courier', () => {
  const help = commandCalled('spool')?.helpInformation() ?? ''
  const listed = [...help.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name)
  const all = commandCalled('spool')?.commands.map(command => command.name())
  expect([...listed, 'courier'].toSorted()).toEqual(all?.toSorted())
  const page = read('man/cronitor-spool.1')
  for (const name of listed) {
    expect(read('docs/spool.md')).toContain(`cronitor spool ${name}`)
    expect(page).toContain(`\n.Cm ${name}\n`)
  }
  for (const path of DOCUMENTS) expect(read(path)).not.toContain('spool courier')
})

test('each environment variable that a document names is used by the code', () => {
  const code = ['src', 'bin']
    .flatMap(folder => filesUnder(folder))
    .map(read)
    .join('\n')
  for (const path of [...MAN_PAGES, ...GUIDES]) {
    for (const [name] of read(path).matchAll(/\b(?:CRONITOR|XDG)_[A-Z_]+|\b[A-Z]+_PROXY\b/g)) {
      expect(code, `${name} in ${path}`).toMatch(new RegExp(`\\b${name}\\b`))
    }
  }
})

test('each setting is in the reference and in the man page', () => {
  const names = Object.values(LISTS).flatMap(rows => rows.flatMap(({ variable }) => variable ?? []))
  expect(names).toContain('CRONITOR_API_KEY')
  for (const name of names) {
    expect(read(REFERENCE)).toContain(name)
    const pages = ['exec', 'ping', 'serve'].map(page => read(`man/cronitor-${page}.1`))
    expect(pages.join('\n')).toContain(name)
  }
})

test('the exit statuses of exec in the documents are those of the code', () => {
  const environment = [{ name: 'PATH', value: '/nowhere' }]
  const status = (command: string) => {
    const result = findProgram(command, environment)
    return result.kind === 'cannot-run' ? String(result.status) : ''
  }
  expect(exitStatusOf({ kind: 'killed', signal: 'SIGTERM', durationMs: 0 })).toBe(128 + 15)
  const own = [LOCKED_STATUS, TIMED_OUT_STATUS, WRAPPER_USAGE_STATUS].map(String)
  const wanted = ['0–255', ...own, status('/'), status('no-such-command'), '128+N']

  const reference = section(read(REFERENCE), /^## Exit status$/m, /^## /m)
  const [exec = '', others = ''] = reference.split(/^The other commands/m)
  expect([...exec.matchAll(/^\| ([0-9+–N]+) \|/gm)].map(([, cell]) => cell)).toEqual(wanted)
  expect([...others.matchAll(/^\| ([0-9]+) \|/gm)].map(([, cell]) => cell)).toEqual(['0', '1', '2'])

  const page = section(read('man/cronitor-exec.1'), /^\.Sh EXIT STATUS$/m, /^\.Sh /m)
  expect([...page.matchAll(/^\.It (.+)$/gm)].map(([, item]) => item?.replace('\\(en', '–'))).toEqual(wanted)
})

test('defaults that the documents name are those of the code', () => {
  for (const path of [REFERENCE, 'man/cronitor-exec.1']) {
    expect(read(path)).toContain(DEFAULT_URL)
    expect(read(path)).toContain(SYSTEM_FILE)
  }
  const otherwise = (option: string) =>
    LISTS.SETTINGS?.find(({ flags }) => flags.startsWith(`${option} `))?.otherwise
  expect(otherwise('--deliver-within')).toBe(`${DEFAULT_DELIVER_WITHIN_MS / 1000}s`)
  expect(otherwise('--spool-max-age')).toBe(formatDuration(DEFAULT_SPOOL_MAX_AGE_MS))
  // `cronitor runs`, `try` and `crontab` send no events, and the spool of `serve` is in its data folder.
  const without = ['crontab', 'runs', 'serve', 'try'].map(name => `man/cronitor-${name}.1`)
  for (const path of DOCUMENTS.filter(name => !without.includes(name))) {
    expect(read(path)).toContain(ROOT_SPOOL_DIR)
  }
  for (const path of ['docs/how-it-works.md', 'man/cronitor-exec.1']) {
    expect(read(path)).toMatch(new RegExp(`\\b${COURIER_LIFETIME_MS / 60_000} minutes`))
  }
  expect(otherwise('--spool-max-size')).toBe(formatSize(DEFAULT_SPOOL_MAX_BYTES))
})

const hasMandoc = spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined

test.skipIf(!hasMandoc)(
  `each man page passes mandoc's checks, style too${hasMandoc ? '' : ' (skipped: there is no mandoc)'}`,
  () => {
    // Other manual pages need not be installed.
    const problems = MAN_PAGES.flatMap(page =>
      spawnSync('mandoc', ['-T', 'lint', '-W', 'style', page], { cwd: paths.project, encoding: 'utf8' })
        .stdout.split('\n')
        .filter(line => line !== '' && !line.includes('referenced manual not found')),
    )
    expect(problems).toEqual([])
  },
)

test.skipIf(!hasMandoc)('the checks find a problem in a page', () => {
  const page = join(tempDir('man'), 'wrong.1')
  writeFileSync(page, '.Dd x\n.Dt WRONG 1\n.Os\n.Sh NAME\n.Nm wrong\n')
  expect(spawnSync('mandoc', ['-T', 'lint', '-W', 'style', page], { encoding: 'utf8' }).stdout).toContain(
    'WARNING',
  )
})

test('each man page is in package.json and in the reference', () => {
  const { man } = JSON.parse(read('package.json')) as { man: string[] }
  expect(man.toSorted()).toEqual(MAN_PAGES.toSorted())
  expect(
    readdirSync(join(paths.project, 'man'))
      .map(name => `man/${name}`)
      .toSorted(),
  ).toEqual(MAN_PAGES.toSorted())
  for (const page of MAN_PAGES) {
    expect(read(REFERENCE)).toContain(page.replace(/^man\/(.*)\.1$/, '$1(1)'))
  }
})

test('the version is the same in package.json, the changelog, the man pages and the README', () => {
  expect(/^## \[(\d+\.\d+\.\d+)\]/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version)
  for (const page of MAN_PAGES) expect(read(page)).toContain(`.Os "cronitor-exec ${version}"\n`)
  const packages = [...read('README.md').matchAll(/\bcronitor-exec[-_](\d+\.\d+\.\d+)/g)]
  expect(packages.length).toBeGreaterThan(2)
  expect(new Set(packages.map(([, each]) => each))).toEqual(new Set([version]))
})

test('an outdated list is noticed', () => {
  const text = '<!-- options: begin SERVE -->\n| old |\n<!-- options: end -->\n'
  const written = withOptionLists(text, 'md')
  expect(written).not.toBe(text)
  expect(withOptionLists(written, 'md')).toBe(written)
  expect(() => withOptionLists('nothing', 'md')).toThrow('no list')
  expect(() => withOptionLists(text.replace('SERVE', 'OTHERS'), 'md')).toThrow('OTHERS')
})

/** The command or subcommand with this name, such as `spool list`; `cronitor` is the program itself. */
function commandCalled(name: string): Command | undefined {
  const names = name === 'cronitor' ? [] : name.split(' ')
  return names.reduce<Command | undefined>(
    (command, each) => command?.commands.find(candidate => candidate.name() === each),
    program({ exec: async () => {} }, CONTROL_OPTIONS),
  )
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(paths.project, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(paths.project.length + 1))
}

function section(text: string, from: RegExp, to: RegExp): string {
  const start = from.exec(text)
  if (start === null) throw new Error(`no section ${from}`)
  const rest = text.slice(start.index + start[0].length)
  return rest.slice(0, to.exec(rest)?.index)
}
