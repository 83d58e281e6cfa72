/** A PostgreSQL with a synchronous standby, on two ports that they keep when they change their parts. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  makeCluster,
  ownByPostgres,
  type PostgresServer,
  runPostgres,
  startPostgres,
} from '../../scripts/postgres-server.mjs'
import { tempDir } from './temp.ts'

/** Each COMMIT waits for a standby, whoever is the primary. */
const SETTINGS = { synchronous_standby_names: '*', hot_standby: 'on' }

export interface PostgresPair {
  /** Names both, and asks for the one that can be written. */
  readonly url: string
  readonly primary: () => PostgresServer
  readonly standby: () => PostgresServer
  /** The primary is killed, with all its processes, and started again. */
  readonly crash: () => Promise<void>
  /** The standby is made anew, after it was killed. */
  readonly follow: () => Promise<void>
  /** The primary is killed, the standby takes its place, and a new standby is made in the place of the primary. */
  readonly failOver: () => Promise<void>
}

export async function postgresPair(): Promise<PostgresPair> {
  const folder = tempDir('postgres')
  ownByPostgres(folder)
  const folders = [join(folder, 'a'), join(folder, 'b')] as const
  await makeCluster(folders[0])
  const run = (data: string, port?: number) =>
    startPostgres(data, {
      settings: SETTINGS,
      removeAtEnd: folder,
      ...(port !== undefined && { port }),
    })
  /** A copy of the primary, and what follows it. */
  const follow = async (data: string, port?: number) => {
    rmSync(data, { recursive: true, force: true })
    const { hostname, port: from } = new URL(primary.url())
    const connection = ['--host', hostname, '--port', from, '--username', 'cronitor']
    const copy = [
      '--no-sync',
      '--pgdata',
      data,
      '--wal-method=stream',
      '--checkpoint=fast',
      '--write-recovery-conf',
    ]
    await runPostgres('pg_basebackup', [...connection, ...copy])
    return run(data, port)
  }
  let primary = await run(folders[0])
  let standby = await follow(folders[1])
  onTestFinished(async () => {
    await standby.stop()
    await primary.stop()
  })
  const { port } = primary
  return {
    url: `postgres://cronitor@127.0.0.1:${port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`,
    primary: () => primary,
    standby: () => standby,
    crash: async () => {
      await primary.kill()
      primary = await run(primary.data, primary.port)
    },
    follow: async () => {
      standby = await follow(standby.data, standby.port)
    },
    failOver: async () => {
      const old = primary
      await old.kill()
      await runPostgres('pg_ctl', ['promote', '--wait', '--pgdata', standby.data])
      primary = standby
      standby = await follow(old.data, old.port)
    },
  }
}
