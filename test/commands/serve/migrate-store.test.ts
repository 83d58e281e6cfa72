import { createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { migrateStore } from '../../../src/commands/serve/migrate-store.ts'
import { parseDatabaseAddress } from '../../../src/server/store/postgres/database-address.ts'
import { changeStore, dataFolder, sourceOf } from '../../server/store/copy/support.ts'
import { event, recordAll } from '../../server/store/support.ts'
import '../../support/needs-postgres.ts'
import { emptySchema } from '../../support/postgres.ts'

async function migrate(dataDir: string, url: string, clock = () => 0, warning?: string) {
  const parsed = parseDatabaseAddress(url, {})
  if (!parsed.ok) throw new Error(parsed.problem)
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const status = await migrateStore({ dataDir, address: parsed.address, warning }, streams, clock)
  streams.stdout.end()
  streams.stderr.end()
  return { status, out: await text(streams.stdout), err: await text(streams.stderr) }
}

const oneRun = () =>
  dataFolder(store =>
    recordAll(store, [event('run', 0, { series: 'a' }), event('complete', 1, { series: 'a' })]),
  )

test('a store is copied with one line that says how much it was, and once', async () => {
  const folder = await oneRun()
  const url = await emptySchema()
  expect(await migrate(folder, url)).toEqual({
    status: 0,
    out: `Copied ${folder} to the database and verified it in 0s: 1 monitors, 1 runs, 2 events, 0 changes of health\n`,
    err: '',
  })
  expect(await migrate(folder, url)).toEqual({
    status: 0,
    out: `${folder} was copied to the database before: nothing is left to do\n`,
    err: '',
  })
})

test('while it takes long, a line every ten seconds says how far it is', async () => {
  let now = 0
  const { status, err } = await migrate(await oneRun(), await emptySchema(), () => {
    now += 2500
    return now
  })
  expect(status).toBe(0)
  const lines = err.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(line).toMatch(/^cronitor: (copied|verified) 100 % of the [a-z ]+$/)
})

test('a store that has changed since it was copied is refused', async () => {
  const folder = await oneRun()
  const url = await emptySchema()
  await migrate(folder, url)
  await changeStore(folder, store => store.record(event('ok', 5)))
  expect(await migrate(folder, url)).toEqual({
    status: 1,
    out: '',
    err: `cronitor: cannot copy ${folder}: the database has other events already: use an empty one\n`,
  })
})

test('a store that a server uses, and a database that is away, are one line each', async () => {
  const folder = await oneRun()
  const source = await sourceOf(folder)
  const used = await migrate(folder, await emptySchema())
  expect(used).toMatchObject({ status: 1, out: '' })
  expect(used.err).toMatch(/^cronitor: cannot copy \S+: another server \(process \d+\) uses .*\n$/)
  source.close()

  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  const away = await migrate(folder, `postgres://nobody@127.0.0.1:${port}/none`, () => 0, 'first')
  expect(away).toMatchObject({ status: 1, out: '' })
  expect(away.err).toMatch(/^cronitor: first\ncronitor: cannot copy .*; the same command continues later\n$/)
})
