/** What `cronitor serve` keeps, and that it says so when it cannot. */

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/server/store/sqlite/database.ts'
import { installationInto } from '../../support/installation.ts'
import { paths, run } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { apiForTest, cronitor, reportingTo, statesOf } from '../../support/wrapper.ts'

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

test('events that were answered with 200 are there after the next start, and repeated ones are stored once', async () => {
  const dataDir = join(tempDir('data'), 'made')
  const first = await serve(['--data-dir', dataDir])
  expect(await sendEvent(first, 'job', { state: 'run', series: 'a' })).toBe(200)
  expect(await sendEvent(first, 'job', { state: 'run', series: 'a' })).toBe(200)
  expect(await storedIn(dataDir)).toEqual(['job run a'])
  first.running.signal('SIGTERM')
  expect((await first.running.done).status).toBe(0)
  const second = await serve(['--data-dir', dataDir])
  expect(await sendEvent(second, 'job', { state: 'run', series: 'a' })).toBe(200)
  expect(await sendEvent(second, 'job', { state: 'complete', series: 'a' })).toBe(200)
  expect(await storedIn(dataDir)).toEqual(['job run a', 'job complete a'])
  expect((statSync(dataDir).mode & 0o777).toString(8)).toBe('700')
  expect((statSync(join(dataDir, 'cronitor.db')).mode & 0o777).toString(8)).toBe('600')
})

test('a second server on the same folder is refused, until the first was killed', async () => {
  const dataDir = tempDir('data')
  const first = await serve(['--data-dir', dataDir])
  const { status, stdout, stderr } = await refusal('--data-dir', dataDir)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(
    new RegExp(
      `^cronitor: another server \\(process \\d+\\) uses ${dataDir}: stop it first, or give this one another --data-dir\\n$`,
    ),
  )
  expect(await sendEvent(first, 'job', { state: 'ok' })).toBe(200)
  first.running.signalGroup('SIGKILL')
  await first.running.done
  const second = await serve(['--data-dir', dataDir])
  expect(await sendEvent(second, 'job', { state: 'ok' })).toBe(200)
  expect(await storedIn(dataDir)).toHaveLength(2)
})

test('a damaged database is refused in one line, and left as it is', async () => {
  const dataDir = tempDir('data')
  const file = join(dataDir, 'cronitor.db')
  writeFileSync(file, 'x'.repeat(10_000))
  expect(await refusal('--data-dir', dataDir)).toEqual({
    status: 1,
    stdout: '',
    stderr: `cronitor: ${file} is damaged, or not a database of cronitor serve; it was not changed: restore it from a backup, or move it away to start with an empty one\n`,
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
      stderr: `cronitor: cannot keep the database in ${dataDir}: ${shared} is writable by everyone; only you may have write permission there: change the permissions, or choose another folder with --data-dir\n`,
    })
  }
})

const noMount = whyNoMount()

describe.skipIf(noMount !== undefined)(`a full disk${noMount ? `: ${noMount}` : ''}`, () => {
  test('is reported to the sender, and events are accepted again once there is room', async () => {
    const disk = tempDir('disk')
    const script =
      'mount -t tmpfs -o size=8m,mode=700 tmpfs "$0" && head -c 5m /dev/zero > "$0/other" && exec "$@"'
    const server = await serve(['--data-dir', join(disk, 'data')], {
      program: ['unshare', '--mount', '/bin/sh', '-c', script, disk, paths.bin.cronitor],
    })
    const message = 'x'.repeat(1900)
    const taken: string[] = []
    const send = async (series: string) => {
      const status = await sendEvent(server, 'job', { state: 'complete', series, message })
      if (status === 200) taken.push(`job complete ${series}`)
      return status
    }
    let status = 200
    for (let count = 0; status === 200 && count < 3000; count += 1) status = await send(`s${count}`)
    expect(status).toBe(503)
    expect(await send('full')).toBe(503)
    expect(taken.length).toBeGreaterThan(10)

    // The disk as the server sees it.
    const seen = `/proc/${server.running.pid}/root${disk}`
    rmSync(join(seen, 'other'))
    expect(await send('room')).toBe(200)
    server.running.signal('SIGSTOP')
    cpSync(join(seen, 'data'), join(disk, 'copy'), { recursive: true })
    server.running.signal('SIGCONT')
    expect(await storedIn(join(disk, 'copy'))).toEqual(taken)
  })
})

test('without the package of the database the server says so, and the rest works', async () => {
  const bin = join(installationInto(), 'bin')
  const server = await run([join(bin, 'cronitor'), 'serve', '--port', '0'])
  expect({ status: server.status, stdout: String(server.stdout), stderr: String(server.stderr) }).toEqual({
    status: 1,
    stdout: '',
    stderr: `cronitor: the package libsql, which the database needs, is not installed for ${process.platform} ${process.arch}: install cronitor-exec again with optional packages, on a platform for which libsql has a binary\n`,
  })
  const api = await apiForTest()
  const job = await run([join(bin, 'cronitor-exec'), 'job', 'true'], { env: reportingTo(api) })
  const ping = await run([join(bin, 'cronitor'), 'ping', 'job', '--ok'], { env: reportingTo(api) })
  expect([job.status, ping.status]).toEqual([0, 0])
  expect(statesOf(api.events())).toEqual(['run', 'complete', 'ok'])
})
