/**
 * Follows docs/scaling.md from nothing: its command lines are run with the files of examples/, in folders and on ports of this
 * test, or have the reason why they are not.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ownByPostgres,
  type PostgresServer,
  runPostgres,
  startPostgres,
} from '../../../scripts/postgres-server.mjs'
import { readExample } from '../../support/example-stage.ts'
import { KEY } from '../../support/key.ts'
import { whyNoPostgres } from '../../support/postgres.ts'
import { paths, run } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { severalServers, whyNoServers } from '../../support/several-servers.ts'
import { tempDir } from '../../support/temp.ts'
import { hasOpenssl, makeAuthority } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { cronitor, exec } from '../../support/wrapper.ts'

const guide = readFileSync(join(paths.project, 'docs/scaling.md'), 'utf8')

const lines = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
  text.trimEnd().split('\n'),
)

const IN_DEBIAN = 'changes the host; Debian does it'
const IN_KUBERNETES = 'needs a cluster of Kubernetes; scaling.test.ts reads the file'
const OF_A_SERVER = 'this test starts the servers itself, with the same options'

/** Lines that are not run begin so. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'apt install ': IN_DEBIAN,
  'systemctl ': IN_DEBIAN,
  'rm -r /var/lib/postgresql/': IN_DEBIAN,
  'kubectl ': IN_KUBERNETES,
  'cronitor configure ': 'writes the settings of the user; test/e2e/doctor/configure.test.ts runs it',
  'cronitor serve --database ': OF_A_SERVER,
}

const handled = new Set<string>()

/** The line of the guide that begins so. */
function lineOf(start: string): string {
  const found = lines.filter(line => line.startsWith(start))
  const [line] = found
  if (line === undefined || new Set(found).size !== 1)
    throw new Error(`${found.length} lines begin with ${start}`)
  handled.add(line)
  return line
}

const PASSWORD = 'of the role: @/%'
const AS_POSTGRES = 'runuser -u postgres -- '

/** Runs a line as PostgreSQL's user, without the words that ask for a password. */
async function asPostgres(
  start: string,
  env: Readonly<Record<string, string>>,
  change: (line: string) => string = line => line,
): Promise<string> {
  const line = change(lineOf(start).replace(AS_POSTGRES, '').replace(' --pwprompt', ''))
  const [program = '', ...words] = [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) =>
    word.replaceAll("'", ''),
  )
  return runPostgres(program, words, { env: { PGUSER: 'postgres', PGDATABASE: 'postgres', ...env } })
}

interface Host {
  readonly data: string
  server: PostgresServer
}

const needs = whyNoPostgres() ?? whyNoServers() ?? (hasOpenssl() ? undefined : 'there is no openssl')

describe.skipIf(needs !== undefined)(`the guide${needs ? ` (skipped: ${needs})` : ''}`, () => {
  test('leads from an empty PostgreSQL to two servers, a standby, a failover and a restored backup', {
    timeout: 600_000,
  }, async () => {
    const folder = tempDir('scaling')
    ownByPostgres(folder)
    const authority = makeAuthority()

    /** Debian's cluster has a certificate, and lets the host's own users in. */
    const start = async (data: string, port?: number) =>
      startPostgres(data, { removeAtEnd: folder, ...(port !== undefined && { port }) })
    const newHost = async (): Promise<Host> => {
      const data = join(folder, 'a')
      await runPostgres('initdb', [
        '--username=postgres',
        '--auth=trust',
        '--no-sync',
        '--encoding=UTF8',
        data,
      ])
      const { key, cert } = authority.issue('IP:127.0.0.1')
      for (const [name, content] of Object.entries({ 'server.key': key, 'server.crt': cert })) {
        writeFileSync(join(data, name), content, { mode: 0o600 })
        ownByPostgres(join(data, name))
      }
      append(join(data, 'postgresql.conf'), `ssl = on\n${readExample('postgresql/cronitor.conf')}`)
      const access = join(data, 'pg_hba.conf')
      const example = readExample('postgresql/pg_hba.conf').replaceAll('192.0.2.0/24', '127.0.0.0/8')
      writeFileSync(access, `${example}\nhost all postgres 127.0.0.0/8 trust\n`)
      return { data, server: await start(data) }
    }
    const first = await newHost()
    const at = ({ server }: Host) => ({ PGHOST: '127.0.0.1', PGPORT: String(server.port) })
    const sql = (host: Host, text: string) =>
      runPostgres('psql', ['--no-psqlrc', '--tuples-only', '--command', text], {
        env: { PGUSER: 'postgres', PGDATABASE: 'postgres', ...at(host) },
      })
    let running: Host[] = [first]
    onTestFinished(async () => {
      for (const { server } of running) await server.stop()
    })
    expect((await sql(first, 'SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL')).trim()).toBe('')
    // Tests choose their own address.
    expect(
      (
        await sql(
          first,
          "SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL AND name <> 'listen_addresses'",
        )
      ).trim(),
    ).toBe('')

    await asPostgres('runuser -u postgres -- createuser --pwprompt cronitor', at(first))
    await asPostgres('runuser -u postgres -- createdb ', at(first))
    await asPostgres('runuser -u postgres -- createuser --pwprompt --replication', at(first))
    for (const role of ['cronitor', 'replicator'])
      await sql(first, `ALTER ROLE ${role} PASSWORD '${PASSWORD}'`)

    const data = join(folder, 'b')
    await asPostgres('runuser -u postgres -- pg_basebackup', { ...at(first), PGPASSWORD: PASSWORD }, line =>
      line.replace(/--host=\S+/, '--host=127.0.0.1').replace('/var/lib/postgresql/17/main', data),
    )
    const second: Host = { data, server: await start(data) }
    running = [first, second]
    await sql(first, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    await sql(first, 'SELECT pg_reload_conf()')
    await until('the standby is synchronous', async () =>
      (await asPostgres('runuser -u postgres -- psql', at(first))).includes('| sync'),
    )

    // The file for systemd, with the addresses of this test.
    const environment = Object.fromEntries(
      [...readExample('postgresql/database.env').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    )
    const url = (environment.CRONITOR_DATABASE ?? '')
      .replace('192.0.2.11', `127.0.0.1:${first.server.port}`)
      .replace('192.0.2.12', `127.0.0.1:${second.server.port}`)
    expect(lines.join('\n')).toContain(`--database '${environment.CRONITOR_DATABASE}'`)
    const env = { PGPASSWORD: PASSWORD }
    const own = tempDir('scaling')
    const keys = join(own, 'keys')
    writeFileSync(keys, `${KEY}\n`, { mode: 0o600 })
    const flags = ['--quiet', '--api-key-file', keys]
    const job = async (name: string, to: string) => {
      const sent = await exec(
        [name, 'echo', name],
        {
          CRONITOR_TELEMETRY_URL: to,
          CRONITOR_API_KEY: KEY,
          CRONITOR_SPOOL_DIR: join(own, 'spool'),
          CRONITOR_NO_COURIER: '1',
          CRONITOR_DELIVER_WITHIN: '60s',
        },
        { timeoutMs: 170_000 },
      )
      expect([sent.status, String(sent.stdout), String(sent.stderr)]).toEqual([0, `${name}\n`, ''])
    }
    const runs = async (from: string) => {
      const { stdout } = await cronitor(['runs', '--url', from], { CRONITOR_API_KEY: KEY })
      return String(stdout)
        .split('\n')
        .slice(1)
        .flatMap(line => /^\S+ \S+ +(\S+) +(\S+)/.exec(line)?.slice(1).join(' ') ?? [])
        .toSorted()
    }
    const sqlite = await serve(['--data-dir', join(own, 'sqlite'), ...flags])
    await job('zero', sqlite.url)
    sqlite.running.signal('SIGTERM')
    await sqlite.running.done
    const move = lineOf('cronitor serve --migrate-from ')
      .replace('/var/lib/cronitor', join(own, 'sqlite'))
      .replace(environment.CRONITOR_DATABASE ?? '', url)
    const passwords = join(own, 'pgpass')
    writeFileSync(passwords, `*:*:*:cronitor:${PASSWORD.replaceAll(':', '\\:')}\n`, { mode: 0o600 })
    const moved = await run(['/bin/sh', '-c', move], {
      env: {
        PGPASSFILE: passwords,
        PATH: `${dirname(paths.bin.cronitor)}:/usr/bin:/bin`,
        CRONITOR_NODE: paths.node,
      },
    })
    expect([moved.status, String(moved.stderr)]).toEqual([0, ''])

    const { url: balanced, servers } = await severalServers(url, 2, flags, { env, timeoutMs: 600_000 })
    await job('one', balanced)
    for (const server of servers)
      await until('both servers show it', async () => (await runs(server.url)).includes('one complete'))

    servers[0]?.running.signal('SIGKILL')
    await job('two', balanced)

    await first.server.kill()
    running = [second]
    await asPostgres('pg_ctlcluster 17 main promote', {}, () => `pg_ctl promote --wait --pgdata=${data}`)
    // Until it has a standby of its own.
    await sql(second, "ALTER SYSTEM SET synchronous_standby_names = ''")
    await sql(second, 'SELECT pg_reload_conf()')
    await job('three', balanced)
    const all = ['one complete', 'three complete', 'two complete', 'zero complete']
    expect(await runs(balanced)).toEqual(all)

    const backup = join(folder, 'cronitor.dump')
    const local = (line: string) =>
      line
        .replace(/postgres:\/\/cronitor@[^/]+/, `postgres://cronitor@127.0.0.1:${second.server.port}`)
        .replace('/backup/cronitor.dump', backup)
    await asPostgres('pg_dump ', env, local)
    servers[1]?.running.signal('SIGTERM')
    await servers[1]?.running.done
    await asPostgres('runuser -u postgres -- dropdb', at(second))
    await asPostgres('runuser -u postgres -- createdb ', at(second))
    await asPostgres('pg_restore ', env, local)
    const restored = await serve(['--database', url, ...flags], { env, timeoutMs: 600_000 })
    expect(await runs(restored.url)).toEqual(all)

    expect(
      lines.filter(line => !handled.has(line) && !Object.keys(NOT_RUN).some(start => line.startsWith(start))),
    ).toEqual([])
  })
})

function append(file: string, text: string): void {
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${text}\n`)
}
