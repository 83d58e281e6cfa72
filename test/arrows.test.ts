import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths } from './support/run.ts'

/** The folders of src/ (rooms) that the files of each room may import. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  commands: ['report', 'spool', 'client', 'settings', 'telemetry', 'job', 'crontab', 'server', 'system'],
  report: ['spool', 'client', 'settings', 'telemetry', 'system'],
  spool: ['client', 'telemetry', 'system'],
  // What programs import. It starts the commands, and shares what they tell it.
  library: ['commands', 'job', 'system'],
  // Except that server/relay imports the spool's sender.
  server: ['client', 'settings', 'telemetry', 'system'],
  client: ['telemetry', 'system'],
  job: ['system'],
  crontab: ['system'],
  settings: ['telemetry', 'system'],
  telemetry: ['system'],
  system: ['@noble/hashes', 'croner'],
}

/** The same for the rooms of src/server. */
const SERVER_ROOMS: Readonly<Record<string, readonly string[]>> = {
  /** The files in src/server itself: they put the rooms together. */
  '': ['access', 'ingest', 'api', 'page', 'http', 'monitors', 'store'],
  access: ['http', 'monitors', 'store'],
  ingest: ['http', 'monitors', 'store'],
  api: ['http', 'monitors', 'store'],
  page: ['http', 'monitors', 'store'],
  notify: ['monitors', 'store'],
  mail: ['access', 'ingest', 'http', 'monitors', 'store'],
  relay: ['monitors', 'store'],
  /** What requests and answers have in common, for all of the above. */
  http: ['store'],
  store: ['monitors'],
  monitors: [],
}

/** Packages, and the rooms that use them. All but libsql are bundled. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  commands: ['commander', 'chalk'],
  report: [],
  library: [],
  spool: [],
  // libsql has binaries, a package for each platform.
  server: ['libsql', 'mailparser', 'nodemailer', 'pg', 'smtp-server'],
  client: [],
  job: ['execa'],
  crontab: [],
  settings: [],
  telemetry: [],
  system: ['@noble/hashes', 'croner', 're2js'],
}

interface Import {
  readonly from: string
  readonly specifier: string
  /** 'type' is gone once the program is built; 'dynamic' is loaded when the program gets there. */
  readonly kind: 'static' | 'type' | 'dynamic'
}

const FORMS: readonly (readonly [kind: Import['kind'], form: RegExp])[] = [
  ['type', /^(?:import|export) type [^'";]*? from '([^']+)'/gm],
  ['static', /^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)'/gm],
  ['dynamic', /\bimport\(\s*'([^']+)'/g],
  ['static', /\brequire\('([^']+)'\)/g],
]

const COMMENT = /^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)$/gm

/** For sources as Biome formats them. A type in the braces of a static import counts as static. */
function importsOf(file: string, text = textOf(file)): Import[] {
  const code = text.replace(COMMENT, '')
  return FORMS.flatMap(([kind, form]) =>
    [...code.matchAll(form)].map(([, specifier = '']) => ({ from: file, specifier, kind })),
  )
}

function textOf(file: string): string {
  return readFileSync(join(paths.project, file), 'utf8')
}

function filesUnder(folder: string, suffix: RegExp): string[] {
  return readdirSync(join(paths.project, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && suffix.test(entry.name))
    .map(entry => relative(paths.project, join(entry.parentPath, entry.name)))
}

/** The project's file that a relative specifier names. */
function target({ from, specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : undefined
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** `job` for src/job/start.ts; empty outside of src/. */
function roomOf(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? ''
}

/** `http` for src/server/http/answer.ts; empty for src/server/server.ts. */
function serverRoomOf(file: string): string {
  return /^src\/server\/([^/]+)\//.exec(file)?.[1] ?? ''
}

function problemOf(each: Import): string | undefined {
  const room = roomOf(each.from)
  const file = target(each)
  if (file === undefined) {
    if (each.specifier.startsWith('node:')) return undefined
    if (each.specifier.startsWith('bun:') && each.from.endsWith('.bun.ts')) return undefined
    const isAllowed = PACKAGES[room]?.includes(packageName(each.specifier)) && !isBuiltin(each.specifier)
    return isAllowed ? undefined : `${each.from} uses ${each.specifier}`
  }
  if (!file.startsWith('src/')) return `${each.from} leaves src/ for ${file}`
  const there = roomOf(file)
  const isAllowed =
    room === there
      ? room !== 'server' || isAllowedInServer(serverRoomOf(each.from), serverRoomOf(file))
      : ROOMS[room]?.includes(there) || (serverRoomOf(each.from) === 'relay' && there === 'spool')
  return isAllowed ? undefined : `${each.from} → ${file}`
}

function isAllowedInServer(room: string, there: string): boolean {
  return room === there || SERVER_ROOMS[room]?.includes(there) === true
}

const sources = filesUnder('src', /\.ts$/)
const imports = sources.flatMap(file => importsOf(file))

test('each room has its arrows here', () => {
  expect(new Set(sources.map(roomOf))).toEqual(new Set(Object.keys(ROOMS)))
  expect(new Set(Object.keys(PACKAGES))).toEqual(new Set(Object.keys(ROOMS)))
  const inServer = sources.filter(file => roomOf(file) === 'server').map(serverRoomOf)
  expect(new Set(inServer)).toEqual(new Set(Object.keys(SERVER_ROOMS)))
})

test('imports of src/ follow the arrows', () => {
  // A lower number means that the regular expressions miss imports.
  expect(imports.length).toBeGreaterThan(1000)
  const problems = imports.map(problemOf).filter(problem => problem !== undefined)
  expect([...new Set(problems)]).toEqual([])
})

test('each imported file exists', () => {
  for (const each of imports) {
    const file = target(each)
    if (file !== undefined) expect(existsSync(join(paths.project, file)), `${each.from} → ${file}`).toBe(true)
  }
})

/** Groups of files that import each other, directly or through others; each group is sorted. */
function circlesIn(imports: readonly Import[]): string[][] {
  const next = new Map<string, Set<string>>()
  for (const each of imports) {
    const to = target(each)
    if (to !== undefined) next.set(each.from, (next.get(each.from) ?? new Set()).add(to))
  }
  const reach = (file: string, seen: Set<string>): Set<string> => {
    for (const to of next.get(file) ?? []) {
      if (seen.has(to)) continue
      seen.add(to)
      reach(to, seen)
    }
    return seen
  }
  const reached = new Map([...next.keys()].map(file => [file, reach(file, new Set())]))
  const groups = [...reached]
    .filter(([file, files]) => files.has(file))
    .map(([file, files]) => [...files].filter(other => reached.get(other)?.has(file)).toSorted())
  return [...new Map(groups.map(group => [group.join(' '), group])).values()]
}

test('no files import each other in a circle, types included', () => {
  expect(circlesIn(imports)).toEqual([])
})

test('the search finds a circle', () => {
  const one = importsOf('src/job/a.ts', "import type { B } from './b.ts'\n")
  const other = importsOf('src/job/b.ts', "import { a } from './a.ts'\nimport { c } from './c.ts'\n")
  expect(circlesIn([...one, ...other])).toEqual([['src/job/a.ts', 'src/job/b.ts']])
})

const BARREL = /^export (?:type )?(?:\*|\{[^}]*\})(?: as \w+)? from /m

test('no file exports what another one does: no barrels', () => {
  expect(sources.filter(file => BARREL.test(textOf(file)))).toEqual([])
  for (const line of ["export * from './a.ts'", "export {\n  type A,\n} from './a.ts'"])
    expect(line).toMatch(BARREL)
})

const EXPORT = /^export (?:declare )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm
/** A function with overloads counts once. */
const exportsOf = (file: string) => [
  ...new Set([...textOf(file).matchAll(EXPORT)].map(([, name = '']) => name)),
]

test('each exported name is exported by one file alone', () => {
  const exported = sources.filter(file => !/\.(d|bun)\.ts$/.test(file)).flatMap(exportsOf)
  expect(exported.length).toBeGreaterThan(500)
  const doubles = exported.filter((name, index) => exported.indexOf(name) !== index)
  expect([...new Set(doubles)]).toEqual([])
})

test('a file for the executable exports what its pair for Node.js does', () => {
  const pairs = sources.filter(file => file.endsWith('.bun.ts'))
  expect(pairs).not.toEqual([])
  for (const file of pairs) {
    const pair = file.replace('.bun.ts', '.ts')
    expect(sources, file).toContain(pair)
    expect(exportsOf(file).toSorted(), file).toEqual(exportsOf(pair).toSorted())
  }
})

test('files in bin/ import only each other and dist/', () => {
  const files = filesUnder('bin', /\.js$/)
  expect(files).toContain('bin/cronitor-exec.js')
  for (const each of files.flatMap(file => importsOf(file))) {
    const file = target(each)
    expect(file ?? (isBuiltin(each.specifier) ? 'bin/' : each.specifier), each.from).toMatch(/^(bin|dist)\//)
  }
})

/** Everything that is loaded with a file, without types: the project's files, packages, modules of Node.js. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const each of importsOf(file)) {
    if (each.kind !== 'static') continue
    const next = target(each)
    if (next === undefined) seen.add(each.specifier)
    else loadedWith(next, seen)
  }
  return seen
}

/**
 * What may be loaded before the start of a job: the files of a folder, without those of the folders in it, and single files
 * of a folder that mostly comes later.
 */
const START: readonly string[] = [
  'src/commands',
  'src/commands/exec',
  'src/job',
  'src/report/notices',
  'src/settings',
  'src/system',
  'src/telemetry/api-limits.ts',
  'src/telemetry/event.ts',
  'src/telemetry/monitor-key.ts',
  'src/telemetry/redact.ts',
  'execa',
]

/** Only for a command line with options. */
const OPTIONS: readonly string[] = ['src/commands/terminal/print.ts', 'commander']

/** `cronitor exec` parses the options of all commands; their actions are loaded later. */
const COMMAND_LINES: readonly string[] = [
  'src/commands/crontab/crontab-command.ts',
  'src/commands/crontab/crontab-options.ts',
  'src/commands/doctor/doctor-command.ts',
  'src/commands/doctor/doctor-options.ts',
  'src/commands/ping/ping-command.ts',
  'src/commands/ping/ping-options.ts',
  'src/commands/runs/runs-command.ts',
  'src/commands/runs/runs-options.ts',
  'src/commands/completions/completions-command.ts',
  'src/commands/completions/shells.ts',
  'src/commands/try/try-command.ts',
  'src/commands/try/try-options.ts',
  'src/commands/serve/forward-options.ts',
  'src/commands/serve/notify-options.ts',
  'src/commands/serve/parse-network-list.ts',
  'src/commands/serve/serve-command.ts',
  'src/commands/serve/serve-options.ts',
  'src/commands/spool/spool-command.ts',
  'src/server/monitors/run-state.ts',
  'src/commands/spool/spool-options.ts',
  'src/telemetry/metric.ts',
]

/** Modules of Node.js. test/e2e/wrapper/start-guard.test.ts checks the built program. */
const NODE_MODULES = ['buffer', 'child_process', 'events', 'fs', 'net', 'os', 'path', 'tty']

describe.each([
  ['bin/cronitor-exec.js', ['src/commands/exec/main.ts'], START],
  [
    'bin/cronitor-exec.js with options',
    ['src/commands/exec/main.ts', 'src/commands/exec/run-with-options.ts'],
    [...START, ...OPTIONS],
  ],
  [
    'bin/cronitor.js',
    ['src/commands/main.ts', 'src/commands/exec/exec.ts'],
    [...START, ...OPTIONS, ...COMMAND_LINES],
  ],
])('%s', (_program, files, allowed) => {
  const loaded = [...new Set(files.flatMap(file => [...loadedWith(file)]))]

  test('loads nothing before the start of the job that is needed only later', () => {
    expect(loaded).toContain('src/job/start.ts')
    const nodes = NODE_MODULES.map(name => `node:${name}`)
    const early = loaded.filter(
      name => ![name, dirname(name)].some(way => allowed.includes(way)) && !nodes.includes(name),
    )
    expect(early).toEqual([])
  })

  test('loads something from each folder that it may load', () => {
    const inUse = new Set(loaded.flatMap(name => [name, dirname(name)]))
    expect(allowed.filter(way => !inUse.has(way))).toEqual([])
  })
})

/** The folders whose comments are searched for file names. */
const FOLDERS = ['src', 'test', 'bench', 'scripts', 'bin']

const files = [...FOLDERS, 'man', 'docs', 'packaging'].flatMap(folder =>
  existsSync(join(paths.project, folder)) ? filesUnder(folder, /./) : [],
)

/** File names in comments that begin a line: whole paths, and ends of paths such as `page/assets.ts`. */
function namedFiles(text: string): string[] {
  const comments = [...text.matchAll(COMMENT), ...text.matchAll(/^\s*#.*$/gm)].join('\n')
  const wholes = comments.matchAll(/(?<![\w./-])(?:src|test|bench|scripts|bin)\/[\w./-]*\.\w+/g)
  const ends = comments.matchAll(/(?<![\w./-])[\w.-]+(?:\/[\w.-]+)*\.(?:ts|mjs)\b/g)
  return [...new Set([...wholes, ...ends].map(([name]) => name))]
}

test('each file that a comment names exists', () => {
  const named = FOLDERS.flatMap(folder =>
    filesUnder(folder, /(\.(ts|mjs|js|sh|css|py)|^cronitor(-exec)?)$/),
  ).flatMap(file => namedFiles(textOf(file)).map(name => ({ file, name })))
  expect(named.length).toBeGreaterThan(20)
  const missing = named.filter(({ name }) => !files.some(file => file === name || file.endsWith(`/${name}`)))
  expect(missing.map(({ file, name }) => `${file} names ${name}`)).toEqual([])
})

test('the search finds file names in comments', () => {
  const text = "/**\n * See src/gone.ts and page/gone.ts.\n */\n// bin/gone.sh too\nconst x = 'src/code.ts'\n"
  expect(namedFiles(text).toSorted()).toEqual(['bin/gone.sh', 'page/gone.ts', 'src/gone.ts'])
})

test.each([
  ['src/job/start.ts', "import { x } from '../telemetry/event.ts'"],
  ['src/job/start.ts', "import type {\n  A,\n  B,\n} from '../telemetry/event.ts'"],
  ['src/client/http.ts', "import '../job/start.ts'"],
  ['src/client/http.ts', "export { x } from '../settings/load.ts'"],
  ['src/settings/load.ts', "import { x } from '../client/http.ts'"],
  ['src/spool/open.ts', "import type { Settings } from '../settings/settings.ts'"],
  ['src/server/http/server.ts', "const x = await import('../../spool/drain/drain.ts')"],
  ['src/server/store/store.ts', "import { x } from '../http/server.ts'"],
  ['src/server/monitors/health.ts', "import type { Store } from '../store/store.ts'"],
  ['src/system/clock.ts', "import { x } from '../telemetry/event.ts'"],
  ['src/job/start.ts', "import { x } from '../commands/exec/exec.ts'"],
  ['src/commands/exec/exec.ts', "import { x } from '../../../test/support/run.ts'"],
  ['src/job/start.ts', "import chalk from 'chalk'"],
  ['src/job/start.ts', "import { readFileSync } from 'fs'"],
])('in %s this is an error: %j', (file, code) => {
  const [each, ...others] = importsOf(file, `/** A file. */\n\n${code}\n`)
  expect(others).toEqual([])
  expect(each && problemOf(each)).toContain(file)
})

test('the relay may import the spool', () => {
  const [each] = importsOf(
    'src/server/relay/relay.ts',
    "import { drain } from '../../spool/drain/drain.ts'\n",
  )
  expect(each && problemOf(each)).toBeUndefined()
})
