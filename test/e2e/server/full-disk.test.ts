/** What `cronitor serve` does on a disk that is full, or cannot be written for another reason. */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/server/store/sqlite/database.ts'
import { KEY } from '../../support/key.ts'
import { paths, run } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'

const noMount = whyNoMount()

/** A data folder in which `nightly` is failing, and which the server left by this signal. */
async function usedFolder(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<string> {
  const dataDir = join(tempDir('data'), 'data')
  const server = await serve(['--data-dir', dataDir])
  expect(await sendEvent(server, 'nightly', { state: 'fail', series: 'a' })).toBe(200)
  expect(await healthOf(server)).toBe('failing')
  server.running.signalGroup(signal)
  await server.running.done
  expect(existsSync(join(dataDir, 'cronitor.db-wal'))).toBe(signal === 'SIGKILL')
  return dataDir
}

/** The command of a server on a small disk of its own, with a copy of the folder. `fill` are lines of sh: `$disk` is the disk. */
function onDisk(disk: string, dataDir: string, fill: string): string[] {
  const script = `
    disk=$0
    mount -t tmpfs -o size=3m,nr_inodes=40,mode=700 tmpfs "$disk" && cp -a "$1" "$disk/data" || exit 99
    ${fill}
    shift
    exec "$@"`
  return ['unshare', '--mount', '/bin/sh', '-c', script, disk, dataDir, paths.bin.cronitor]
}

/** To the last byte. */
const NO_BYTES = 'head -c 9m /dev/zero > "$disk/fill" 2> /dev/null'
const NO_INODES = 'while touch "$disk/fill$((n = n + 1))" 2> /dev/null; do :; done'
const READ_ONLY = 'mount -o remount,ro "$disk"'

const free = ({ server, disk }: OnDisk) => {
  const seen = `/proc/${server.running.pid}/root${disk}`
  for (const name of readdirSync(seen)) if (name.startsWith('fill')) rmSync(join(seen, name))
}
const makeWritable = ({ server, disk }: OnDisk) =>
  execFileSync('nsenter', ['--mount', `--target=${server.running.pid}`, 'mount', '-o', 'remount,rw', disk])

interface OnDisk {
  readonly server: Served
  readonly disk: string
}

async function serveOn(dataDir: string, fill: string, flags: readonly string[] = []): Promise<OnDisk> {
  const disk = tempDir('disk')
  const program = onDisk(disk, dataDir, fill)
  return {
    disk,
    server: await serve(['--data-dir', join(disk, 'data'), ...flags], { program }),
  }
}

async function healthOf(server: Served, monitor = 'nightly'): Promise<unknown> {
  const response = await server.send('GET', `/api/monitors/${monitor}`)
  return ((await response.json()) as { readonly health: unknown }).health
}

async function healthz(server: Served): Promise<[number, string]> {
  const response = await server.send('GET', '/healthz')
  return [response.status, await response.text()]
}

const warningsOf = (server: Served) => String(server.running.output().stderr).split('\n').slice(0, -1)

describe.skipIf(noMount !== undefined)(`a disk without room${noMount ? `: ${noMount}` : ''}`, () => {
  test.each([
    ['no byte', 'SIGTERM', NO_BYTES, 'the disk is full', free],
    ['no byte, after a crash', 'SIGKILL', NO_BYTES, 'the disk is full', free],
    ['no inode', 'SIGTERM', NO_INODES, 'the disk is full', free],
    ['no inode, after a crash', 'SIGKILL', NO_INODES, 'the disk is full', free],
    ['no permission to write', 'SIGTERM', READ_ONLY, 'the file system is read-only', makeWritable],
  ] as const)('a server that starts with %s shows what is stored, and recovers by itself', async (...row) => {
    const [, signal, fill, reason, recover] = row
    const on = await serveOn(await usedFolder(signal), fill, ['--expect', 'other=every 1h'])
    const { server } = on
    const started = `cronitor: events cannot be stored, and are refused: ${reason}; until they can, runs and monitors are only shown`
    expect(warningsOf(server)).toEqual([started])
    expect(await healthz(server)).toEqual([503, `events cannot be stored: ${reason}\n`])
    expect(await healthOf(server)).toBe('failing')
    const page = await server.send('GET', '/')
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('nightly')
    expect((await server.send('GET', '/metrics')).status).toBe(200)
    const refused = await server.send('GET', `/p/${KEY}/nightly?state=ok`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])

    recover(on)
    // No request is needed for it.
    await until('it recovers', () => warningsOf(server).length === 3)
    expect(warningsOf(server)).toEqual([
      started,
      `cronitor: events cannot be stored, and are refused: ${reason}`,
      'cronitor: events can be stored again',
    ])
    expect(await healthz(server)).toEqual([200, 'ok\n'])
    expect(await sendEvent(server, 'nightly', { state: 'ok' })).toBe(200)
    expect(await healthOf(server)).toBe('healthy')
    // The services have started.
    await until('the expectation is set', async () => {
      const { monitors } = (await (await server.send('GET', '/api/monitors')).json()) as {
        readonly monitors: readonly { readonly monitor: string; readonly expect_every?: number }[]
      }
      return monitors.some(({ monitor, expect_every }) => monitor === 'other' && expect_every === 3600)
    })
    server.running.signal('SIGTERM')
    expect((await server.running.done).status).toBe(0)
  })

  test('a disk that becomes full is unhealthy until an event could be stored, however small the room is', async () => {
    const on = await serveOn(await usedFolder(), '')
    const { server, disk } = on
    expect(await healthz(server)).toEqual([200, 'ok\n'])
    const seen = `/proc/${server.running.pid}/root${disk}`
    const room = Buffer.alloc(16_384)
    writeFileSync(join(seen, 'fill-room'), room)
    // Takes the rest.
    execFileSync('/bin/sh', ['-c', 'head -c 9m /dev/zero > "$0/fill" 2> /dev/null || :', seen])
    const message = 'x'.repeat(1900)
    const stored: string[] = []
    const send = async (series: string) => {
      const status = await sendEvent(server, 'job', { state: 'complete', series, message })
      if (status === 200) stored.push(series)
      return status
    }
    let sent = 0
    while ((await send(`s${sent}`)) === 200 && sent < 500) sent += 1
    expect(await healthz(server)).toEqual([503, 'events cannot be stored: the disk is full\n'])
    // Room for a small write, which says nothing about events.
    rmSync(join(seen, 'fill-room'))
    expect((await healthz(server))[0]).toBe(503)
    free(on)
    expect(await healthz(server)).toEqual([200, 'ok\n'])
    expect(await send('room')).toBe(200)
    const { runs } = (await (await server.send('GET', '/api/monitors/job/runs?limit=1000')).json()) as {
      readonly runs: readonly { readonly series: string }[]
    }
    expect(runs.map(({ series }) => series).toReversed()).toEqual(stored)
  })

  test.each([
    [
      'an empty folder',
      async () => tempDir('empty'),
      /cannot create .*\/cronitor\.db: the disk is full: free space, or make the folder writable, and start again\n$/,
    ],
    [
      'a database of an older version',
      async () => {
        const dataDir = await usedFolder()
        const db = await openDatabase(join(dataDir, 'cronitor.db'))
        db.exec('PRAGMA user_version = 1')
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        db.close()
        rmSync(join(dataDir, 'cronitor.db-wal'), { force: true })
        rmSync(join(dataDir, 'cronitor.db-shm'), { force: true })
        return dataDir
      },
      /cronitor\.db has version 1, and cannot be changed to version \d+ while the disk is full: free space, or make the folder writable, and start again\n$/,
    ],
  ])('with %s on a full disk, the server does not start, and says what to do', async (_, folder, line) => {
    const disk = tempDir('disk')
    const program = onDisk(disk, await folder(), NO_BYTES)
    const { status, stdout, stderr } = await run([
      ...program,
      'serve',
      '--port',
      '0',
      '--data-dir',
      join(disk, 'data'),
    ])
    expect({ status, stdout: String(stdout) }).toEqual({ status: 1, stdout: '' })
    expect(String(stderr)).toMatch(line)
    expect(String(stderr).split('\n')).toHaveLength(2)
  })
})
