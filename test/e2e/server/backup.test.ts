/** Backup and restore by PostgreSQL's own programs, as docs/scaling.md has them. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownByPostgres, runPostgres } from '../../../scripts/postgres-server.mjs'
import { connectionTo } from '../../server/store/copy/support.ts'
import '../../support/needs-postgres.ts'
import { ownPostgres } from '../../support/postgres.ts'
import { sendEvent } from '../../support/send-event.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'

/** Not those that a server writes at its end. */
const TABLES = ['head', 'monitor', 'event', 'run', 'change', 'expectation', 'schema_version']

async function contentOf(url: string): Promise<Record<string, unknown>> {
  const { query } = await connectionTo(url)
  const content: Record<string, unknown> = {}
  for (const table of TABLES) content[table] = await query(`SELECT * FROM ${table} ORDER BY 1`)
  return content
}

async function answersOf(url: string): Promise<unknown[]> {
  const { send, running } = await serve(['--database', url, '--quiet'])
  const answers: unknown[] = []
  for (const path of ['/api/monitors', '/api/runs?limit=100'])
    answers.push(await (await send('GET', path)).json())
  running.signal('SIGTERM')
  await running.done
  return answers
}

test('a dump that is taken while a server runs is restored into a new database, which a server then uses', async () => {
  const { url, server } = await ownPostgres()
  const folder = tempDir('dump')
  ownByPostgres(folder)
  const dump = join(folder, 'cronitor.dump')
  const { query } = await connectionTo(url)
  await query('CREATE DATABASE cronitor')
  const stored = server().url('cronitor')

  const running = await serve(['--database', stored, '--quiet', '--expect', 'job-1=every 5m'])
  for (let job = 0; job < 20; job += 1) {
    for (const state of ['run', job % 5 === 0 ? 'fail' : 'complete']) {
      const event = {
        state,
        series: `s${job}`,
        message: `Grüße "${job}"\n\ttab`,
        env: job % 2 ? 'production' : '',
      }
      expect(await sendEvent(running, `job-${job % 3}`, event)).toBe(200)
    }
  }
  await runPostgres('pg_dump', ['--format=custom', `--file=${dump}`, stored])
  running.running.signal('SIGTERM')
  await running.running.done

  await runPostgres('createdb', [
    `--maintenance-db=${url}`,
    '--template=template0',
    '--encoding=UTF8',
    'restored',
  ])
  const restored = server().url('restored')
  await runPostgres('pg_restore', ['--exit-on-error', '--no-owner', `--dbname=${restored}`, dump])
  const before = await contentOf(stored)
  const after = await contentOf(restored)
  expect(after).toEqual(before)
  expect(after.event).toHaveLength(40)
  expect(await answersOf(restored)).toEqual(await answersOf(stored))

  const again = await serve(['--database', restored, '--quiet'])
  expect(await sendEvent(again, 'job-1', { state: 'ok' })).toBe(200)
  const page = await (await again.send('GET', '/api/events?after=40')).text()
  expect(page).toContain('"id":41')
})
