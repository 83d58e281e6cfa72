// What is measured: bare Node.js, this project's builds, other wrappers, and what people write by hand. Each row reports to
// the same API under a name of its own, so that a row whose events did not arrive is not published.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareExecutable } from './bare-executable.mjs'
import { copyTrusting, readAnew } from './certificates.mjs'
import { API_HOST, FOLDER } from './private-network.mjs'
import { cronEnv, KEY } from './programs.mjs'

const HTTPS = `https://${API_HOST}`
const PLAIN = `http://${API_HOST}`
const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const TARGET = `${process.platform}-${process.arch}`

/** What people write in a crontab. `$0` is the event's address. */
const BY_HAND = `curl -fsS -m 10 --retry 3 -o /dev/null "$0?state=run"
"$@"
status=$?
curl -fsS -m 10 --retry 3 -o /dev/null "$0?state=complete&status_code=$status"
exit $status`

/**
 * `argv` and `env` take the job's words and the row's key. `events` says how many a run sends. A row that `find` gives no
 * program is left out, and reported as not found.
 *
 * @type {Record<string, any>}
 */
const ROWS = {
  floor: {
    title: 'bare Node.js',
    find: ({ node }) => node,
    argv: ({ program, job }) => [program, join(FOLDER, 'floor.cjs'), ...job],
    events: 0,
    version: '',
  },
  npm: {
    title: 'npm package',
    find: ({ installed }) => installed.npm,
    argv: ({ program, key, job, options }) => [program, ...options, key, ...job],
    ownBuild: true,
  },
  'npm-http': {
    title: 'npm package, plain HTTP',
    find: ({ installed }) => installed.npm,
    argv: ({ program, key, job, options }) => [program, ...options, key, ...job],
    env: () => ({ CRONITOR_TELEMETRY_URL: PLAIN }),
    ownBuild: true,
  },
  executable: {
    title: 'executable',
    find: ({ installed }) => installed.executable,
    argv: ({ program, key, job, options }) => [program, ...options, key, ...job],
    ownBuild: true,
  },
  'executable-http': {
    title: 'executable, plain HTTP',
    find: ({ installed }) => installed.executable,
    argv: ({ program, key, job, options }) => [program, ...options, key, ...job],
    env: () => ({ CRONITOR_TELEMETRY_URL: PLAIN }),
    ownBuild: true,
  },
  bound: {
    title: 'bare Node.js that sends both events by `node:https`',
    find: ({ node }) => node,
    argv: ({ program, key, job }) => [program, join(FOLDER, 'bound.cjs'), `${HTTPS}/p/${KEY}/${key}`, ...job],
    version: '',
  },
  'bare-executable': {
    title: "the executable's runtime, which only starts the job",
    find: () => bareExecutable('bare-executable', FOLDER, PROJECT),
    argv: ({ program, job }) => [program, ...job],
    events: 0,
    version: '',
  },
  'bound-executable': {
    title: "the executable's runtime, which sends both events by `fetch`",
    find: () => bareExecutable('bound-executable', FOLDER, PROJECT),
    argv: ({ program, key, job }) => [program, `${HTTPS}/p/${KEY}/${key}`, ...job],
    version: '',
  },
  official: {
    title: 'cronitor-cli',
    note: ' (the official client)',
    // This project's programs have the same name. Programs in Go name their modules.
    find: ({ onPath }) =>
      ['cronitor', 'cronitor-go']
        .flatMap(onPath)
        .find(file => readFileSync(file).includes('github.com/cronitorio/cronitor-cli')),
    argv: ({ program, key, job }) => [program, 'exec', key, ...job],
  },
  runitor: {
    title: 'runitor',
    find: ({ onPath }) => onPath('runitor')[0],
    argv: ({ program, key, job }) => [
      ...[program, '-api-url', `${HTTPS}/${key}`, '-uuid', '00000000-0000-4000-8000-000000000000', '--'],
      ...job,
    ],
    version: '-version',
  },
  sentry: {
    title: 'sentry-cli',
    // The program itself: npm's `sentry-cli` starts it from a Node.js, which is no part of it.
    find: ({ onPath }) => onPath('sentry-cli').find(isCompiled),
    argv: ({ program, key, job }) => [program, 'monitors', 'run', key, '--', ...job],
    env: () => ({
      SENTRY_DSN: `https://${'0123456789abcdef'.repeat(2)}@${API_HOST}/1`,
      SENTRY_DISABLE_UPDATE_CHECK: '1',
    }),
  },
  curl: {
    title: 'curl',
    note: ', before and after the job in `sh`',
    find: ({ onPath }) => onPath('curl')[0],
    argv: ({ key, job }) => ['/bin/sh', '-c', BY_HAND, `${HTTPS}/p/${KEY}/${key}`, ...job],
  },
  chronic: {
    title: 'chronic',
    note: ' (reports to nobody)',
    find: ({ onPath }) => onPath('chronic')[0],
    argv: ({ program, job }) => [program, ...job],
    events: 0,
    version: '',
  },
  timeout: {
    title: 'timeout',
    note: ' (reports to nobody)',
    find: ({ onPath }) => onPath('timeout')[0],
    argv: ({ program, job }) => [program, '60', ...job],
    events: 0,
  },
  flock: {
    title: 'flock, timeout and chronic',
    note: ' (report to nobody)',
    // The lock is on the program's own file, which each user can open.
    find: ({ onPath }) => (onPath('timeout')[0] && onPath('chronic')[0] ? onPath('flock')[0] : undefined),
    argv: ({ program, job }) => [program, '-n', program, 'timeout', '10m', 'chronic', ...job],
    events: 0,
  },
}
export const ROW_NAMES = Object.keys(ROWS)

/**
 * Copies what is measured to where the user can read it. `node` is the Node.js for the npm package and for bare Node.js,
 * `against` another clone of this project, `peers` a folder of programs, `place` a folder's name. Returns a function that
 * finds rows by name: `{ rows, missing }`.
 */
export function installPrograms({ node, against, peers, place }) {
  for (const script of ['floor.cjs', 'bound.cjs'])
    copyFileSync(fileURLToPath(new URL(script, import.meta.url)), join(FOLDER, script))
  const places = [peers, ...(process.env.PATH ?? '').split(':')].filter(Boolean)
  const context = {
    onPath: name =>
      places
        .map(place => join(place, name))
        .filter(existsSync)
        .map(file => realpathSync(file)),
    ...installBuild(place, PROJECT, node),
  }
  const other = against && {
    name: against,
    ...context,
    ...installBuild(`${place}-against`, realpathSync(against), node),
  }
  let count = 0
  const make = (name, title, row, program) => {
    const key = `row${++count}`
    const { env = () => ({}), events = 2, argv } = row
    return {
      row: name,
      title,
      key,
      events,
      env: cronEnv(env()),
      argv: (job, { options = [], as = key } = {}) => argv({ program, key: as, job, options }),
    }
  }
  const find = names => {
    const rows = []
    const missing = []
    for (const name of names) {
      const row = ROWS[name]
      const program = row.find(context)
      if (program === undefined) missing.push(row.title)
      else rows.push(make(name, titleOf(row, program), row, copyOf(program)))
      const others = row.ownBuild && other && row.find(other)
      if (others) rows.push(make(`${name} ${other.name}`, `${row.title} in ${other.name}`, row, others))
    }
    return { rows, missing }
  }
  return find
}

/** A build as `npm install --global` lays it out beside Node.js, and the executable; both trust the bench's authority. */
function installBuild(name, project, node) {
  const prefix = join(FOLDER, name)
  const modules = join(prefix, 'lib/node_modules/cronitor-exec')
  mkdirSync(join(prefix, 'bin'), { recursive: true })
  mkdirSync(modules, { recursive: true })
  copyTrusting(FOLDER, node, join(prefix, 'bin/node'))
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(project, part), join(modules, part), {
      recursive: true,
      filter: from => !from.endsWith('dist/code'),
    })
  const npm = join(prefix, 'bin/cronitor-exec')
  symlinkSync('../lib/node_modules/cronitor-exec/bin/cronitor-exec', npm)

  const built = join(project, 'build', TARGET)
  let executable
  if (existsSync(join(built, 'cronitor'))) {
    mkdirSync(join(prefix, 'executable'))
    copyTrusting(FOLDER, join(built, 'cronitor'), join(prefix, 'executable/cronitor'))
    executable = join(prefix, 'executable/cronitor-exec')
    cpSync(join(built, 'cronitor-exec'), executable, { verbatimSymlinks: true })
  }
  return { node: join(prefix, 'bin/node'), installed: { npm, executable } }
}

/** Peers may be in a folder that the user cannot read. Programs of the system stay where they are. */
function copyOf(program) {
  if ([FOLDER, '/usr/bin'].some(folder => program.startsWith(`${folder}/`))) return program
  mkdirSync(join(FOLDER, 'peers'), { recursive: true })
  const copy = join(FOLDER, 'peers', basename(program))
  copyFileSync(program, copy)
  readAnew(copy)
  return copy
}

/** An ELF file, and not a script. */
function isCompiled(file) {
  return readFileSync(file).subarray(0, 4).toString('latin1') === '\x7fELF'
}

function titleOf(row, program) {
  return `${row.title} ${versionOf(row, program)}`.trim() + (row.note ?? '')
}

function versionOf({ version = '--version', ownBuild }, program) {
  if (version === '' || ownBuild) return ''
  const { stdout } = spawnSync(program, [version], { encoding: 'utf8', timeout: 60_000 })
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''
}
