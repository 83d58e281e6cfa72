/** Connects to the first host of a database that can be used. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { describeReadError } from '../../../system/errors.ts'
import { type Connection, connect } from './connection.ts'
import type { DatabaseAddress, DatabaseHost, SslMode } from './database-address.ts'
import { DatabaseProblem, databaseProblem } from './database-problem.ts'
import { findPassword } from './password-file.ts'

/**
 * The function tries the hosts in turn, beginning with the last one that could be used. It rejects with a DatabaseProblem
 * that says what is wrong with each of them.
 */
export function createOpener(address: DatabaseAddress): () => Promise<Connection> {
  let current = 0
  return async () => {
    const problems: DatabaseProblem[] = []
    for (const index of address.hosts.keys()) {
      const at = (current + index) % address.hosts.length
      const host = address.hosts[at]
      if (host === undefined) continue
      try {
        const connection = await connectTo(address, host)
        current = at
        return connection
      } catch (error) {
        problems.push(databaseProblem(error, host.host))
      }
    }
    throw together(problems)
  }
}

/** That a password is wrong is worth more than that another host is away: it does not pass. */
function together(problems: readonly DatabaseProblem[]): DatabaseProblem {
  const texts = [...new Set(problems.map(({ message }) => message))]
  const main = problems.find(({ kind }) => kind !== 'away') ?? problems[0]
  return new DatabaseProblem(main?.kind ?? 'away', texts.join('; '), main?.code)
}

async function connectTo(address: DatabaseAddress, { host, port }: DatabaseHost): Promise<Connection> {
  const { user, database, applicationName, options } = address
  let { password } = address
  if (password === undefined) {
    const found = findPassword({ host, port, database, user }, address.passwordFile)
    if (!found.ok) throw new DatabaseProblem('refused', found.problem)
    password = found.password
  }
  const common = { host, port, user, database, password, applicationName, options }
  const settings = { ...common, timeoutMs: address.connectTimeoutMs }
  const connection = await withTls(address, host, ssl => connect({ ...settings, ssl }))
  try {
    await prepareSession(connection, address.mustBeWritable, `${host}:${port}`)
    return connection
  } catch (error) {
    connection.end()
    throw error
  }
}

/** With `prefer`, a server without TLS is taken as it is; with `allow`, one that wants it gets it. A socket has no TLS. */
async function withTls(
  address: DatabaseAddress,
  host: string,
  open: (ssl: false | TlsOptions) => Promise<Connection>,
): Promise<Connection> {
  const { sslMode } = address
  if (sslMode === 'disable' || host.startsWith('/')) return open(false)
  const tls = () => open(tlsOptions(address, sslMode))
  const [first, second] = sslMode === 'allow' ? [() => open(false), tls] : [tls, () => open(false)]
  if (sslMode !== 'allow' && sslMode !== 'prefer') return tls()
  try {
    return await first()
  } catch (error) {
    const { message, code } = databaseProblem(error, host)
    if (/has no TLS/.test(message) || (sslMode === 'allow' && code === '28000')) return second()
    throw error
  }
}

function tlsOptions({ sslRootCert, sslCert, sslKey }: DatabaseAddress, mode: SslMode): TlsOptions {
  const verifies = mode === 'verify-ca' || mode === 'verify-full'
  const rootFile = sslRootCert ?? (verifies ? `${homedir()}/.postgresql/root.crt` : undefined)
  // libpq: a given authority is verified with `require` too.
  const checksChain = verifies || (mode === 'require' && sslRootCert !== undefined)
  return {
    rejectUnauthorized: checksChain,
    ...(checksChain && rootFile !== undefined && rootFile !== 'system' && { ca: pem(rootFile) }),
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(sslCert !== undefined && { cert: pem(sslCert) }),
    ...(sslKey !== undefined && { key: pem(sslKey) }),
  }
}

function pem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new DatabaseProblem('refused', `${path} ${describeReadError(error)}`)
  }
}

/**
 * The limits of a session. A server that stands still, or whose host is cut off, must not hold the write lock for longer.
 * `jit` is off because each statement takes milliseconds: for those that may return many rows, PostgreSQL would compile for
 * a hundred times as long. A database that does not know one of them does without.
 */
const SETTINGS = JSON.stringify({
  statement_timeout: '30s',
  idle_in_transaction_session_timeout: '10s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '20s',
  client_connection_check_interval: '5s',
  jit: 'off',
})

async function prepareSession(connection: Connection, mustBeWritable: boolean, peer: string): Promise<void> {
  const [session] = await connection.query<{ readonly standby: boolean; readonly read_only: string }>(
    "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only",
  )
  if (mustBeWritable && (session?.standby !== false || session.read_only === 'on')) {
    throw new DatabaseProblem('away', `${peer} is read-only`, '25006')
  }
  await connection.query(
    `SELECT set_config(s.name, v.value, false)
     FROM json_each_text($1::json) v JOIN pg_settings s ON s.name = v.key`,
    [SETTINGS],
  )
}
