/** PostgreSQL for tests: a schema in one that all of them share, or one of a test's own. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  whyNoPostgres as findWhy,
  makeCluster,
  ownByPostgres,
  type PostgresServer,
  startPostgres,
} from '../../scripts/postgres-server.mjs'
import { tempDir } from './temp.ts'

let found: { readonly why: string | undefined } | undefined

/** Why tests that need PostgreSQL are skipped; undefined if they are not. */
export function whyNoPostgres(): string | undefined {
  found ??= { why: findWhy() }
  return found.why
}

/** The URL of an empty schema that nobody else has, in the server that all tests share (one-postgres.ts). It syncs nothing. */
export function emptySchema(): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    connect(Number(process.env.TEST_POSTGRES_DOOR), '127.0.0.1')
      .on('data', data => {
        answer += data
      })
      .on('error', reject)
      .on('end', () => (answer.startsWith('postgres:') ? resolve(answer) : reject(new Error(answer))))
  })
}

export interface TestPostgres {
  readonly url: string
  readonly port: number
  /** Its folder. */
  readonly data: string
  /** The server as it is now. */
  readonly server: () => PostgresServer
  /** On the same port, with the settings of the first start and these. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<void>
}

/** Making one takes longer than all that a test does with it. */
let empty: Promise<string> | undefined

async function emptyCluster(): Promise<string> {
  const folder = tempDir('postgres')
  ownByPostgres(folder)
  await makeCluster(join(folder, 'data'))
  return join(folder, 'data')
}

/** A server of the test's own, which writes to the disk as users' do; ended after the test. */
export async function ownPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  // In Bun, test files share this module, and what the file before has made is removed.
  if (empty === undefined || !existsSync(await empty)) empty = emptyCluster()
  const original = await empty
  const folder = tempDir('postgres')
  ownByPostgres(folder)
  const data = join(folder, 'data')
  execFileSync('cp', ['-a', original, data])
  let server = await startPostgres(data, { settings, removeAtEnd: folder })
  onTestFinished(() => server.stop())
  return {
    url: server.url(),
    port: server.port,
    data,
    server: () => server,
    start: async (more = {}) => {
      server = await startPostgres(data, {
        port: server.port,
        settings: { ...settings, ...more },
        removeAtEnd: folder,
      })
    },
  }
}
