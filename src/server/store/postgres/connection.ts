/** One connection to PostgreSQL. */

import { Client, types } from 'pg'
import { DatabaseProblem, databaseProblem } from './database-problem.ts'
import type { Queries } from './queries.ts'

export interface Connection extends Queries {
  /** False once it is lost, or was ended. */
  readonly isUsable: () => boolean
  /** Warnings that the server has sent since the last call. */
  readonly takeWarnings: () => readonly string[]
  /** Calls the listener for each notification of LISTEN. */
  readonly onNotification: (listener: (channel: string, payload: string) => void) => void
  /** Calls the listener once when the connection is lost, or was ended. */
  readonly onEnd: (listener: () => void) => void
  /** Queries that are under way reject. */
  readonly end: () => void
}

export interface ConnectionOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password: string | undefined
  readonly ssl: false | import('node:tls').ConnectionOptions
  readonly timeoutMs: number
  readonly applicationName: string
  /** Settings of the session, such as `-c search_path=cronitor`. */
  readonly options: string | undefined
}

const INT8 = 20
const NUMERIC = 1700

/** Rejects with a DatabaseProblem. Statements are sent without waiting for the answers of earlier ones. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { host, port, timeoutMs, applicationName, options: session } = options
  const peer = host.startsWith('/') ? host : `${host}:${port}`
  const client = new Client({
    host,
    port,
    user: options.user,
    database: options.database,
    // Not undefined: pg would look for one.
    password: options.password ?? '',
    ssl: options.ssl,
    connectionTimeoutMillis: timeoutMs,
    application_name: applicationName,
    ...(session !== undefined && { options: session }),
    keepAlive: true,
    pipeline: true,
    types: {
      getTypeParser: (oid, format) =>
        oid === INT8 || oid === NUMERIC ? Number : types.getTypeParser(oid, format),
    },
  })
  let isUsable = true
  let warnings: string[] = []
  const onEnd = new Set<() => void>()
  const markEnded = () => {
    if (!isUsable) return
    isUsable = false
    for (const listener of onEnd) listener()
  }
  client.on('error', markEnded)
  client.on('end', markEnded)
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warnings.push(message ?? '')
  })
  const end = () => {
    markEnded()
    // Queries that wait for an answer would keep end() waiting.
    client.end().catch(() => {})
    client.connection.stream.destroy()
  }
  try {
    await client.connect()
  } catch (error) {
    end()
    throw databaseProblem(error, peer)
  }
  return {
    isUsable: () => isUsable,
    query: async (text, values = [], name) => {
      if (!isUsable) throw new DatabaseProblem('away', 'the connection to the database was lost')
      try {
        const named = name === undefined ? {} : { name }
        const { rows } = await client.query({ text, values: [...values], ...named })
        return rows
      } catch (error) {
        throw databaseProblem(error, peer)
      }
    },
    takeWarnings: () => {
      const taken = warnings
      warnings = []
      return taken
    },
    onNotification: listener => {
      client.on('notification', ({ channel, payload = '' }) => listener(channel, payload))
    },
    onEnd: listener => {
      if (isUsable) onEnd.add(listener)
      else listener()
    },
    end,
  }
}
