/** What `cronitor serve` keeps, and that it says so when it cannot. */

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/collector/store/database.ts'
import { startServer } from '../support/server.ts'
import { tempDir } from '../support/temp.ts'
import { cronitor } from '../support/wrapper.ts'

/** While the server runs as well: its lock leaves others the reading. */
async function storedIn(dataDir: string): Promise<string[]> {
  const db = await openDatabase(join(dataDir, 'cronitor.db'))
  try {
    return db
      .prepare<{ readonly name: string }>(`
        SELECT m.key || ' ' || e.state || ' ' || COALESCE(e.series, '-') AS name
        FROM event e JOIN monitor m ON m.id = e.monitor ORDER BY e.id`)
      .all()
      .map(({ name }) => name)
  } finally {
    db.close()
  }
}

const refusal = async (...flags: string[]) => {
  const { status, stdout, stderr } = await cronitor(['serve', '--port', '0', ...flags])
  return { status, stdout: String(stdout), stderr: String(stderr) }
}

test('what was answered is there after the next start, and repeated events are stored once', async () => {
  const dataDir = join(tempDir('data'), 'made')
  const first = await startServer(['--data-dir', dataDir])
  expect(await first.send('job', { state: 'run', series: 'a' })).toBe(200)
  expect(await first.send('job', { state: 'run', series: 'a' })).toBe(200)
  expect(await storedIn(dataDir)).toEqual(['job run a'])
  first.running.signal('SIGTERM')
  expect((await first.running.done).status).toBe(0)
  const second = await startServer(['--data-dir', dataDir])
  expect(await second.send('job', { state: 'run', series: 'a' })).toBe(200)
  expect(await second.send('job', { state: 'complete', series: 'a' })).toBe(200)
  expect(await storedIn(dataDir)).toEqual(['job run a', 'job complete a'])
  expect((statSync(dataDir).mode & 0o777).toString(8)).toBe('700')
  expect((statSync(join(dataDir, 'cronitor.db')).mode & 0o777).toString(8)).toBe('600')
})

test('a second server on the same folder is refused, until the first was killed', async () => {
  const dataDir = tempDir('data')
  const first = await startServer(['--data-dir', dataDir])
  const { status, stdout, stderr } = await refusal('--data-dir', dataDir)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(
    new RegExp(
      `^cronitor: another server \\(process \\d+\\) uses ${dataDir}: stop it first, or give this one another --data-dir\\n$`,
    ),
  )
  expect(await first.send('job', { state: 'ok' })).toBe(200)
  first.running.signalGroup('SIGKILL')
  await first.running.done
  const second = await startServer(['--data-dir', dataDir])
  expect(await second.send('job', { state: 'ok' })).toBe(200)
  expect(await storedIn(dataDir)).toHaveLength(2)
})

test('a damaged database is refused in one line, and left as it is', async () => {
  const dataDir = tempDir('data')
  const file = join(dataDir, 'cronitor.db')
  writeFileSync(file, 'x'.repeat(10_000))
  expect(await refusal('--data-dir', dataDir)).toEqual({
    status: 1,
    stdout: '',
    stderr: `cronitor: ${file} is damaged, or no database of cronitor: it was left as it is; restore it from a backup, or move it away to begin anew\n`,
  })
  expect(readFileSync(file, 'utf8')).toBe('x'.repeat(10_000))
})

test('a folder that others can write to is refused, and one below it', async () => {
  const shared = join(tempDir('data'), 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o777)
  for (const dataDir of [shared, join(shared, 'below')]) {
    expect(await refusal('--data-dir', dataDir)).toEqual({
      status: 1,
      stdout: '',
      stderr: `cronitor: cannot keep the database in ${dataDir}: ${shared} is writable by everyone; nobody but you may be able to write there, so change that or choose another folder with --data-dir\n`,
    })
  }
})
