/** Several `cronitor serve` with one PostgreSQL, behind HAProxy with the configuration of examples/haproxy. */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ownPort } from './own-port.ts'
import { whyNoPostgres } from './postgres.ts'
import { paths, start } from './run.ts'
import { type Served, type ServeSettings, serve } from './serve.ts'
import { tempDir } from './temp.ts'
import { until } from './until.ts'

/** Debian's folder for servers is not in everybody's PATH. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin'

/** Why such tests are skipped; undefined if they are not. */
export function whyNoServers(): string | undefined {
  const hasProxy = spawnSync('haproxy', ['-v'], { env: { PATH }, stdio: 'ignore' }).error === undefined
  return hasProxy ? whyNoPostgres() : 'there is no HAProxy'
}

export interface SeveralServers {
  /** HAProxy. */
  readonly url: string
  /** Those that run now. */
  readonly servers: readonly Served[]
  /** On the port that it had, after it has ended. */
  readonly restart: (index: number) => Promise<void>
}

/** HAProxy knows of them when it resolves. */
export async function severalServers(
  database: string,
  count: 2 | 3,
  flags: readonly string[] = [],
  settings: ServeSettings = {},
): Promise<SeveralServers> {
  const ports = await Promise.all(Array.from({ length: count }, ownPort))
  const startAt = (index: number) =>
    serve(
      ['--database', database, '--port', String(ports[index]), '--trust-proxy', 'loopback', ...flags],
      settings,
    )
  const servers = await Promise.all(ports.map((_, index) => startAt(index)))
  return {
    url: await balance(ports),
    servers,
    restart: async index => {
      servers[index] = await startAt(index)
    },
  }
}

/** Starts HAProxy; resolves with its URL. */
async function balance(ports: readonly number[]): Promise<string> {
  const port = await ownPort()
  const names = ['first', 'second', 'third']
  const example = readFileSync(join(paths.project, 'examples/haproxy/haproxy.cfg'), 'utf8')
  const lines = example
    .replace('bind :443 ssl crt /etc/ssl/cronitor.pem', `bind 127.0.0.1:${port}`)
    // Root's HAProxy can raise the limit of open files.
    .replace('maxconn 20000', 'maxconn 200')
    .split('\n')
    .flatMap(line => {
      const server = /^ +server (\w+) /.exec(line)?.[1]
      if (server === undefined) return [line]
      const own = ports[names.indexOf(server)]
      return own === undefined ? [] : [`  server ${server} 127.0.0.1:${own}`]
    })
  const file = join(tempDir('haproxy'), 'haproxy.cfg')
  writeFileSync(file, lines.join('\n'))
  const proxy = start(['haproxy', '-db', '-f', file], { env: { PATH }, timeoutMs: 3_600_000 })
  onTestFinished(async () => {
    proxy.signalGroup('SIGKILL')
    await proxy.done.catch(() => {})
  })
  const url = `http://127.0.0.1:${port}`
  await until(
    () => `HAProxy answers; it says: ${proxy.output().stderr}`,
    async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok,
  )
  return url
}
