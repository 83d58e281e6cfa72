// Other job wrappers, where they are: on PATH, or as npm packages in bench/node_modules or a folder that is named. None is
// brought along. Each is told to report to 127.0.0.1; what it would send elsewhere has no way out (overhead.mjs).
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bare, startCollector, wrapped } from './laboratory.mjs'
import { BARE_AGAIN, compared, floorOf, inTurn, runsOf } from './ratios.mjs'

// Both of Sentry's take it for a project's address; the key is the longest that either insists on.
const dsn = url => url.replace('//', `//${'0123456789abcdef'.repeat(2)}@`).concat('/1')

const NO_CHECK = '00000000-0000-4000-8000-000000000000'

/**
 * `requests`: how many a run sends. `argv` begins with the program that was found.
 *
 * @type {any[]}
 */
const PEERS = [
  {
    name: 'cronitor (the official client)',
    find: ({ onPath }) => onPath('cronitor').find(isCompiled),
    argv: (program, _, job) => [...program, 'exec', 'bench', ...job],
    env: url => ({ CRONITOR_PING_API_KEY: 'bench-key', CRONITOR_PING_API_HOST: url }),
    requests: 2,
  },
  {
    name: 'runitor',
    find: ({ onPath }) => onPath('runitor')[0],
    argv: (program, url, job) => [...program, '-api-url', url, '-uuid', NO_CHECK, '--', ...job],
    env: () => ({}),
    version: '-version',
    requests: 2,
  },
  {
    // The program itself: npm's `sentry-cli` starts it from a Node.js, which is no part of it.
    name: 'sentry-cli',
    find: ({ inModules, onPath }) =>
      inModules(`@sentry/cli-${process.platform}-${process.arch}/bin/sentry-cli`) ??
      onPath('sentry-cli').find(isCompiled),
    argv: (program, _, job) => [...program, 'monitors', 'run', 'bench', '--', ...job],
    env: url => ({ SENTRY_DSN: dsn(url), SENTRY_DISABLE_UPDATE_CHECK: '1' }),
    requests: 2,
  },
  {
    name: 'sentry',
    find: ({ inModules, onPath }) => inModules('sentry/dist/bin.cjs') ?? onPath('sentry')[0],
    isScript: true,
    argv: (program, _, job) => [...program, 'monitor', 'run', 'bench', '--', ...job],
    env: url => ({ SENTRY_DSN: dsn(url), SENTRY_CLI_NO_TELEMETRY: '1', SENTRY_CLI_NO_UPDATE_CHECK: '1' }),
    requests: 2,
  },
  {
    name: 'chronic (reports to nobody)',
    find: ({ onPath }) => onPath('chronic')[0],
    argv: (program, _, job) => [...program, ...job],
    env: () => ({}),
    version: '',
    requests: 0,
  },
]

export async function peers({ stage, run, job, node, few, folder, isAlone }) {
  const { found, missing } = findPeers(node, folder)
  const lacking = missing.length === 0 ? '' : ` Not found here: ${missing.join(', ')}.`
  const title = 'other wrappers'
  if (!isAlone) {
    return {
      title,
      lines: ['Left out: only root can see to it that they reach nothing but 127.0.0.1.'],
      figures: {},
    }
  }
  /** @type {any[]} */
  const kinds = [0, 20, 200].flatMap(latency => [
    { title: 'wrapper', requests: 2, latency },
    ...found.filter(({ requests }) => requests > 0 || latency === 0).map(peer => ({ ...peer, latency })),
  ])
  for (const kind of kinds) kind.name = kind.requests === 0 ? kind.title : `${kind.title}, ${kind.latency} ms`
  const collector = await startCollector(
    stage,
    kinds.map(({ latency }) => latency),
  )
  const subjects = kinds.map(({ name, program, argv, env }, index) => {
    const url = collector.urls[index]
    if (program === undefined) return wrapped(stage, { name, node, url, job: job.argv() })
    return { name, argv: argv(program, url, job.argv()), env: { ...stage.env(), ...env(url) } }
  })
  const floor = bare(stage, { node, job: job.argv() })
  const pairs = await inTurn(run, floor, [{ ...floor, name: BARE_AGAIN }, ...subjects], few)
  const { figures, lines } = compared(pairs)
  const least = Math.max(...[...pairs.values()].flat().map(({ floor }) => floor.least))
  return {
    title,
    lines: [
      `The same job and floor, with the API 0, 20 and 200 ms away; each reports to a server on 127.0.0.1 in its own way: medians (quartiles) of ${few} pairs. ${floorOf(pairs)} ${await collector.arrivals(runsOf(few), kinds)}${lacking} A peak RSS of ${mib(least)} or less, the measuring program's own, shows as that.`,
      '',
      ...lines,
    ],
    figures,
  }
}

const mib = kib => `${(kib / 1024).toFixed(1)} MiB`

/** `{ found, missing }`; `folder` has a node_modules. */
function findPeers(node, folder) {
  const places = [folder, fileURLToPath(new URL('.', import.meta.url))].filter(Boolean)
  const existing = files => files.filter(existsSync).map(file => realpathSync(file))
  const finders = {
    onPath: name => existing((process.env.PATH ?? '').split(':').map(place => join(place, name))),
    inModules: name => existing(places.map(place => join(place, 'node_modules', name)))[0],
  }
  const all = PEERS.map(peer => {
    const file = peer.find(finders)
    return { ...peer, program: file && (peer.isScript && !isCompiled(file) ? [node, file] : [file]) }
  })
  const found = all.filter(({ program }) => program)
  return {
    found: found.map(peer => ({ ...peer, title: `${peer.name} ${versionOf(peer)}`.trim() })),
    missing: all.filter(({ program }) => !program).map(({ name }) => name),
  }
}

/** An ELF file: not a script, such as this project's own `cronitor`. */
function isCompiled(file) {
  const head = Buffer.alloc(4)
  const fd = openSync(file, 'r')
  readSync(fd, head, 0, 4, 0)
  closeSync(fd)
  return head.toString('latin1') === '\x7fELF'
}

function versionOf({ program: [file, ...args], version = '--version' }) {
  if (version === '') return ''
  const { stdout } = spawnSync(file, [...args, version], { encoding: 'utf8', timeout: 60_000 })
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''
}
