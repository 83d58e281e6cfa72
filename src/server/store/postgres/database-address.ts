/** Where a database is, and how to connect to it: a URL as libpq takes it, completed by the environment. */

import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { splitDatabaseUrl } from './database-url.ts'

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

export type SslMode = (typeof SSL_MODES)[number]

export interface DatabaseHost {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
}

export interface DatabaseAddress {
  /** At least one, in the order in which they are tried. */
  readonly hosts: readonly DatabaseHost[]
  readonly user: string
  readonly database: string
  /** Undefined: the password file is asked, if the server wants a password. */
  readonly password: string | undefined
  readonly passwordFile: string | undefined
  readonly sslMode: SslMode
  /** Files in PEM. `system`: the authorities of the runtime. */
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  /** True: hosts that only read, such as a standby, are passed over. */
  readonly mustBeWritable: boolean
  /** Milliseconds for each host. */
  readonly connectTimeoutMs: number
  readonly applicationName: string
  /** Settings of the session, as `-c search_path=cronitor`. */
  readonly options: string | undefined
}

export type ParsedDatabaseAddress =
  | { readonly ok: true; readonly address: DatabaseAddress; readonly hasPassword: boolean }
  /** The end of a sentence. It does not contain the password. */
  | { readonly ok: false; readonly problem: string }

const DEFAULT_PORT = 5432
const DEFAULT_CONNECT_MS = 5000

/** Where Debian's PostgreSQL has its socket. */
const SOCKET_FOLDER = '/var/run/postgresql'

/** Parameters with the variables that libpq reads for them, and what they are without both. */
const VARIABLES = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
} as const

type Parameter = keyof typeof VARIABLES

/** libpq's, without effect here: connections are kept alive anyway, and GSSAPI is not used. */
const IGNORED = /^(keepalives(_idle|_interval|_count)?|tcp_user_timeout|gssencmode|client_encoding|sslsni)$/

/** `env`: the environment variables. */
export function parseDatabaseAddress(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): ParsedDatabaseAddress {
  const parts = splitDatabaseUrl(url)
  if (!parts.ok) return parts
  const { given } = parts
  for (const name of given.keys()) {
    if (!(name in VARIABLES) && !IGNORED.test(name)) {
      return { ok: false, problem: `does not know the parameter ${name}` }
    }
  }
  const value = (name: Parameter): string | undefined => {
    const text = given.get(name) ?? env[VARIABLES[name]]
    return text === '' ? undefined : text
  }
  const hosts = hostsOf(value('host'), value('port'))
  if (hosts === undefined) return { ok: false, problem: 'has a port that is not a number from 1 to 65535' }
  const sslMode = value('sslmode') ?? 'prefer'
  if (!isSslMode(sslMode))
    return { ok: false, problem: `has an unknown sslmode: use ${SSL_MODES.join(', ')}` }
  const session = value('target_session_attrs') ?? (hosts.length > 1 ? 'read-write' : 'any')
  if (!/^(any|read-write|primary)$/.test(session)) {
    return { ok: false, problem: 'has an unknown target_session_attrs: use any, read-write or primary' }
  }
  const seconds = value('connect_timeout')
  if (seconds !== undefined && !/^\d{1,4}$/.test(seconds)) {
    return { ok: false, problem: 'has a connect_timeout that is not a number of seconds' }
  }
  const user = value('user') ?? systemUser()
  if (user === undefined) return { ok: false, problem: 'has no user, nor has this process a name' }
  return {
    ok: true,
    hasPassword: given.has('password'),
    address: {
      hosts,
      user,
      database: value('dbname') ?? user,
      password: value('password'),
      passwordFile: value('passfile'),
      sslMode,
      sslRootCert: value('sslrootcert'),
      sslCert: value('sslcert'),
      sslKey: value('sslkey'),
      mustBeWritable: session !== 'any',
      // libpq: 0 is no limit. A server that waits for ever could not try the next host.
      connectTimeoutMs: Number(seconds ?? 0) * 1000 || DEFAULT_CONNECT_MS,
      applicationName: value('application_name') ?? 'cronitor serve',
      options: value('options'),
    },
  }
}

function isSslMode(text: string): text is SslMode {
  return SSL_MODES.some(mode => mode === text)
}

/** Lists as libpq has them: `a,b` with the ports `5432,5433`, or with one port for all. */
function hostsOf(hostList: string | undefined, portList = ''): DatabaseHost[] | undefined {
  const hosts = (hostList ?? '').split(',')
  const ports = portList.split(',')
  const found = hosts.map((host, index) => {
    const text = (ports.length === 1 ? ports[0] : ports[index]) ?? ''
    return { host: host === '' ? defaultHost() : host, port: text === '' ? DEFAULT_PORT : Number(text) }
  })
  const areValid = found.every(({ port }) => Number.isInteger(port) && port >= 1 && port <= 65_535)
  return areValid && (ports.length === 1 || ports.length === hosts.length) ? found : undefined
}

/** Undefined if the number of the user has no name, as in containers. */
function systemUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

function defaultHost(): string {
  return existsSync(SOCKET_FOLDER) ? SOCKET_FOLDER : 'localhost'
}
