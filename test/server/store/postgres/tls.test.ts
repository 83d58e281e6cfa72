/** TLS to PostgreSQL, by libpq's sslmode: a connection, or one line that says what is wrong. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownByPostgres } from '../../../../scripts/postgres-server.mjs'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { createOpener } from '../../../../src/server/store/postgres/open-connection.ts'
import { ownPostgres, type TestPostgres, whyNoPostgres } from '../../../support/postgres.ts'
import { hasOpenssl, makeAuthority } from '../../../support/tls.ts'

const why = whyNoPostgres() ?? (hasOpenssl() ? undefined : 'there is no openssl')
const skipped = why === undefined ? '' : ` (skipped: ${why})`

const UNKNOWN = /^certificate of \S+ refused: its authority is unknown \(see sslrootcert\)$/

/** `tls` or `plain`; else what is wrong. */
async function connected(port: number, host: string, query: string): Promise<string> {
  const parsed = parseDatabaseAddress(`postgres://cronitor@${host}:${port}/postgres?${query}`, {})
  if (!parsed.ok) return parsed.problem
  try {
    const connection = await createOpener(parsed.address)()
    const rows = await connection.query<{ readonly ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    )
    connection.end()
    return rows[0]?.ssl ? 'tls' : 'plain'
  } catch (error) {
    return error instanceof Error ? error.message : 'no error'
  }
}

/** Starts it again with a certificate for localhost and 127.0.0.1. It also listens on 127.0.0.2, for which it has none. */
async function startWithTls(postgres: TestPostgres): Promise<{ readonly ca: string }> {
  const authority = makeAuthority()
  const { key, cert } = authority.issue('DNS:localhost,IP:127.0.0.1')
  const files = { ssl_key_file: key, ssl_cert_file: cert }
  for (const [name, pem] of Object.entries(files)) {
    const path = join(postgres.data, name)
    writeFileSync(path, pem, { mode: 0o600 })
    ownByPostgres(path)
  }
  await postgres.server().stop()
  const names = Object.fromEntries(Object.keys(files).map(name => [name, name]))
  await postgres.start({ ssl: 'on', listen_addresses: '127.0.0.1,127.0.0.2', ...names })
  return { ca: authority.caFile }
}

test.skipIf(why !== undefined)(
  `with TLS in the database, the certificate is verified as sslmode says${skipped}`,
  async () => {
    const postgres = await ownPostgres()
    const { ca } = await startWithTls(postgres)
    const other = makeAuthority().caFile
    const cases: readonly (readonly [host: string, query: string, outcome: string | RegExp])[] = [
      ['127.0.0.1', 'sslmode=disable', 'plain'],
      ['127.0.0.1', 'sslmode=allow', 'plain'],
      ['127.0.0.1', '', 'tls'],
      ['127.0.0.1', 'sslmode=prefer', 'tls'],
      ['127.0.0.1', 'sslmode=require', 'tls'],
      ['127.0.0.1', `sslmode=require&sslrootcert=${ca}`, 'tls'],
      ['127.0.0.1', `sslmode=require&sslrootcert=${other}`, UNKNOWN],
      ['127.0.0.1', `sslmode=verify-ca&sslrootcert=${ca}`, 'tls'],
      ['127.0.0.2', `sslmode=verify-ca&sslrootcert=${ca}`, 'tls'],
      ['127.0.0.1', `sslmode=verify-ca&sslrootcert=${other}`, UNKNOWN],
      ['127.0.0.1', 'sslmode=verify-ca&sslrootcert=/no/such/file', /^\/no\/such\/file /],
      ['127.0.0.1', `sslmode=verify-full&sslrootcert=${ca}`, 'tls'],
      ['localhost', `sslmode=verify-full&sslrootcert=${ca}`, 'tls'],
      ['127.0.0.2', `sslmode=verify-full&sslrootcert=${ca}`, /is for another host name$/],
      ['localhost', `sslmode=verify-full&sslrootcert=${other}`, UNKNOWN],
      ['localhost', 'sslmode=verify-full&sslrootcert=system', UNKNOWN],
    ]
    for (const [host, query, outcome] of cases) {
      const found = await connected(postgres.port, host, query)
      expect([host, query, found]).toEqual([
        host,
        query,
        typeof outcome === 'string' ? outcome : expect.stringMatching(outcome),
      ])
      expect(found).not.toContain('\n')
    }
  },
)

test.skipIf(why !== undefined)(
  `without TLS in the database, only a sslmode that does not ask for it connects${skipped}`,
  async () => {
    const { port } = await ownPostgres()
    const ca = makeAuthority().caFile
    const none = `127.0.0.1:${port} has no TLS: see sslmode`
    for (const mode of ['disable', 'allow', 'prefer'])
      expect(await connected(port, '127.0.0.1', `sslmode=${mode}`)).toBe('plain')
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      expect(await connected(port, '127.0.0.1', `sslmode=${mode}&sslrootcert=${ca}`)).toBe(none)
  },
)
