import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptySchema, ownPostgres, whyNoPostgres } from './postgres.ts'

const why = whyNoPostgres()

async function connection(url: string) {
  const client = new pg.Client(url)
  // It is told when the server goes away.
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

describe.skipIf(why !== undefined)(`PostgreSQL for tests${why ? ` (skipped: ${why})` : ''}`, () => {
  test('each schema is empty and its own', async () => {
    const [first, second] = await Promise.all(
      [emptySchema(), emptySchema()].map(async url => connection(await url)),
    )
    await first?.query('CREATE TABLE t AS SELECT 1 n')
    await second?.query('CREATE TABLE t AS SELECT 2 n')
    expect((await first?.query('SELECT * FROM t'))?.rows).toEqual([{ n: 1 }])
    expect((await second?.query('SELECT * FROM t'))?.rows).toEqual([{ n: 2 }])
  })

  test('a server of its own can be killed and started again, with other settings, and keeps what was committed', async () => {
    const postgres = await ownPostgres()
    await (await connection(postgres.url)).query('CREATE TABLE t AS SELECT 1 n')
    const pid = Number(readFileSync(join(postgres.data, 'postmaster.pid'), 'utf8').split('\n')[0])
    await postgres.server().kill()
    expect(() => process.kill(pid, 0)).toThrow()
    await postgres.start({ default_transaction_read_only: 'on' })
    const client = await connection(postgres.url)
    expect((await client.query('SELECT * FROM t')).rows).toEqual([{ n: 1 }])
    await expect(client.query('DELETE FROM t')).rejects.toThrow('read-only')
  })
})
