// What the measuring stands on: the job, runner.py to run commands, collector.mjs as the API.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CRONITOR_EXEC, prefer } from './stage.mjs'

const beside = name => fileURLToPath(new URL(name, import.meta.url))

/** A command that notes when it began, and can go on for some milliseconds: in C, or where nothing compiles it, a shell. */
export function makeJob(folder) {
  const stamp = join(folder, 'stamp')
  const probe = join(folder, 'probe')
  for (const flags of [['-O2', '-static'], ['-O2']]) {
    const { status } = spawnSync('cc', [...flags, '-o', probe, beside('probe.c')])
    if (status !== 0) continue
    return { how: 'in C', stamp, clock: 'monotonic', argv: (ms = 0) => [probe, stamp, String(ms)] }
  }
  const script = 'date +%s%N > "$1"; sleep "$2"'
  const argv = (ms = 0) => ['/bin/sh', '-c', script, 'probe', stamp, String(ms / 1000)]
  return { how: 'in the shell, as there is no cc', stamp, clock: 'realtime', argv }
}

/** Sends a line, gives the next line that comes. */
async function speak(stage, argv, env) {
  const { child, ended } = stage.start(argv, env, ['pipe', 'pipe', 'inherit'])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${argv[1]} has ended`)
    return JSON.parse(value)
  }
  stage.atEnd(async () => {
    child.stdin.end()
    await ended
  })
  return {
    child,
    next,
    ask: question => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return next()
    },
  }
}

/** `run({ argv, env })` measures a command; what it says to stderr, or a status that is not 0, ends the bench. */
export async function startRunner(stage, job) {
  const { ask } = await speak(stage, ['/usr/bin/env', 'python3', beside('runner.py')], process.env)
  return async ({ name, argv, env, limit = 60, ...more }) => {
    const found = await ask({ argv, env, limit, stamp: job.stamp, clock: job.clock, ...more })
    if (found.status !== 0) throw new Error(`${name}: status ${found.status}: ${found.said}`)
    return found
  }
}

/**
 * A server for each latency. `counts()` tells how many requests each got; `arrivals()` says in words whether that was
 * what `expected` of them: each has been run so often, and makes so many `requests` a run.
 */
export async function startCollector(stage, latencies) {
  const argv = [process.execPath, beside('collector.mjs'), ...latencies.map(String)]
  const { child, next, ask } = await speak(stage, argv, {})
  prefer(child.pid)
  const ports = await next()
  const counts = () => ask('counts')
  const arrivals = async (runs, expected) => {
    const found = await counts()
    const wrong = expected.flatMap(({ name, requests }, index) =>
      found[index] === requests * runs ? [] : `${name}: ${found[index]} requests of ${requests * runs}`,
    )
    return wrong.length === 0
      ? 'Every event arrived.'
      : `**Not every event arrived once:** ${wrong.join('; ')}.`
  }
  return { urls: ports.map(port => `http://127.0.0.1:${port}`), counts, arrivals }
}

/**
 * The wrapper around `job` as it is from a crontab. No courier: it would run beside what is
 * measured next. The variables are all that it gets: NODE_EXTRA_CA_CERTS would double the start of Node.js 20.
 *
 * @param {any} stage
 * @param {{ name: string, node: string, url: string, job: string[], options?: string[] }} run
 */
export function wrapped(stage, { name, node, url, job, options = [] }) {
  const env = stage.env({
    CRONITOR_NODE: node,
    CRONITOR_NO_COURIER: '1',
    CRONITOR_TELEMETRY_URL: url,
    CRONITOR_SPOOL_DIR: join(stage.folder, 'spools', new URL(url).port),
  })
  return { name, env, argv: [CRONITOR_EXEC, ...options, 'bench', ...job] }
}

/** Bare Node.js around the same job, with the same variables. */
export function bare(stage, { name = 'bare Node.js', node, job }) {
  return { name, env: stage.env(), argv: [node, beside('floor.cjs'), ...job] }
}
