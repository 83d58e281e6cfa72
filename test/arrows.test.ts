import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from './support/run.ts'

/** What each folder of src/ may import besides itself: a folder, or single files of one. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['settings', 'job', 'spool', 'collector', 'telemetry'],
  // What events are made of, and nothing of how they are sent.
  settings: ['telemetry/event.ts'],
  collector: [
    'telemetry/api-rates.ts',
    // A mail server's certificate is verified as the API's is.
    'telemetry/authorities.ts',
    'telemetry/connection-problem.ts',
    // Notifications are sent as events are: one HTTP client, proxies and all, one way to wait.
    'telemetry/backoff.ts',
    'telemetry/clean.ts',
    'telemetry/client.ts',
    'telemetry/event.ts',
    // A mail's text is made into a message as a job's output is.
    'telemetry/message.ts',
    'telemetry/metric.ts',
    'telemetry/monitor-key.ts',
    'telemetry/outcome.ts',
    'telemetry/printable.ts',
    'telemetry/redact.ts',
    'telemetry/retry-after.ts',
    'telemetry/sleep.ts',
    'telemetry/token-bucket.ts',
  ],
  job: [],
  spool: ['telemetry'],
  telemetry: [],
}

/** Packages that are bundled, and where they may be used. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  cli: ['commander', 'chalk'],
  settings: [],
  // libsql alone is not in the bundle: it has binaries, a package for each platform.
  collector: ['fastify', 'libsql', 'mailparser', 'nodemailer', 'smtp-server'],
  job: ['execa'],
  spool: ['@noble/hashes'],
  telemetry: ['undici'],
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

/** Of sources as Biome formats them; a name in braces that is a type only counts as the whole statement does. */
function importsOf(file: string, text = readFileSync(join(paths.project, file), 'utf8')): Import[] {
  const code = text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)$/gm, '')
  return FORMS.flatMap(([kind, form]) =>
    [...code.matchAll(form)].map(([, specifier = '']) => ({ from: file, specifier, kind })),
  )
}

function filesUnder(folder: string, suffix: RegExp): string[] {
  return readdirSync(join(paths.project, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && suffix.test(entry.name))
    .map(entry => relative(paths.project, join(entry.parentPath, entry.name)))
}

/** The project's file that a relative specifier leads to. */
function target({ from, specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : undefined
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function folderOf(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? ''
}

function problemOf(each: Import): string | undefined {
  const folder = folderOf(each.from)
  const file = target(each)
  if (file === undefined) {
    if (each.specifier.startsWith('node:')) return undefined
    const allowed = PACKAGES[folder]?.includes(packageName(each.specifier))
    return allowed && !isBuiltin(each.specifier) ? undefined : `${each.from} uses ${each.specifier}`
  }
  const there = /^src\/(.*)$/.exec(file)?.[1]
  if (there === undefined) return `${each.from} leaves src/ for ${file}`
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])]
  return allowed.some(way => there === way || there.startsWith(`${way}/`))
    ? undefined
    : `${each.from} → ${file}`
}

const sources = filesUnder('src', /\.ts$/)

test('each folder of src/ has its arrows here', () => {
  expect(new Set(sources.map(folderOf))).toEqual(new Set(Object.keys(MAY_IMPORT)))
})

test('imports of src/ go the way of the arrows', () => {
  const imports = sources.flatMap(file => importsOf(file))
  // Lest a new way of writing imports makes this test see nothing.
  expect(imports.length).toBeGreaterThan(100)
  expect(imports.map(problemOf).filter(problem => problem !== undefined)).toEqual([])
  for (const each of imports) {
    const file = target(each)
    if (file !== undefined) expect(existsSync(join(paths.project, file)), `${each.from} → ${file}`).toBe(true)
  }
})

test('files in bin/ know each other and dist/ alone', () => {
  const files = filesUnder('bin', /\.js$/)
  expect(files).toContain('bin/cronitor-exec.js')
  for (const each of files.flatMap(file => importsOf(file))) {
    const file = target(each)
    expect(file ?? (isBuiltin(each.specifier) ? 'bin/' : each.specifier), each.from).toMatch(/^(bin|dist)\//)
  }
})

/** All that is loaded with a file, types aside: the project's files, packages, parts of Node.js. */
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

/** What is of no use before the job has started: HTTP, colours, the server, other commands. */
const LATER = [
  /^(undici|chalk)(\/|$)/,
  /^node:(http2?|https|tls|dns|dgram|zlib|worker_threads|inspector)(\/|$)/,
  /^src\/(collector|spool)\//,
  /^src\/telemetry\/(authorities|client|connections|connection-problem|delivery|request|sender|reader|outcome|backoff|plain-http|proxy|message|clean)\.ts$/,
  /^src\/cli\/(monitor|open-delivery|open-spool|event-log|keep-results|ping|ping-command|serve|serve-command|runs|runs-command|runs-follow|runs-source|runs-table|runs-answer|text-width|spool-keeper|spool-command|spool-list|spool-flush|spool-change|start-courier|foreign-variables|late-delivery|run-courier|stdin-text|program|forward-bell|forward|forward-queue|forward-words|forward-part)\.ts$/,
]

/** The programs that start jobs, and what they load before the job has started. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  'bin/cronitor-exec.js': ['src/commands/exec/main.ts'],
  // `cronitor exec` knows the command lines of all commands by then; what they do is loaded later.
  'bin/cronitor.js': ['src/commands/main.ts', 'src/commands/exec/exec.ts'],
}

test.each(Object.entries(STARTS))(
  '%s loads nothing before the start of the job that only comes after it',
  (program, files) => {
    const loaded = [...new Set(files.flatMap(file => [...loadedWith(file)]))]
    const commandLines = /^src\/cli\/(program|ping-command|runs-command|serve-command|spool-command)\.ts$/
    const early = loaded.filter(
      name =>
        LATER.some(pattern => pattern.test(name)) &&
        !(program === 'bin/cronitor.js' && commandLines.test(name)),
    )
    expect(loaded).toContain('src/job/start.ts')
    expect(early).toEqual([])
  },
)

test('each file and package that comes later is there', () => {
  const all = new Set(sources.flatMap(file => [file, ...importsOf(file).map(({ specifier }) => specifier)]))
  const names = (pattern: RegExp) => /\((.*)\)\\\.ts/.exec(pattern.source)?.[1]?.split('|') ?? []
  for (const pattern of LATER.slice(3)) {
    for (const name of names(pattern)) {
      expect([...all].filter(file => file.startsWith('src/') && file.endsWith(`/${name}.ts`))).toHaveLength(1)
    }
  }
})

test.each([
  ['src/job/start.ts', "import { x } from '../telemetry/event.ts'"],
  ['src/job/start.ts', "import type {\n  A,\n  B,\n} from '../telemetry/event.ts'"],
  ['src/client/http.ts', "import '../job/start.ts'"],
  ['src/client/http.ts', "export { x } from '../settings/load.ts'"],
  ['src/settings/load.ts', "import { x } from '../telemetry/client.ts'"],
  ['src/server/http/server.ts', "const x = await import('../telemetry/delivery.ts')"],
  ['src/job/start.ts', "import { x } from '../cli/exec.ts'"],
  ['src/commands/exec/exec.ts', "import { x } from '../../test/support/run.ts'"],
  ['src/job/start.ts', "import { request } from 'undici'"],
  ['src/job/start.ts', "import { readFileSync } from 'fs'"],
])('in %s this is seen: %j', (file, code) => {
  const [each, ...others] = importsOf(file, `/** A file. */\n\n${code}\n`)
  expect(others).toEqual([])
  expect(each && problemOf(each)).toContain(file)
})
