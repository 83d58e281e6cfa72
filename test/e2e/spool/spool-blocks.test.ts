/** A spool that would make its reader wait: the wrapper leaves in its time, and the API has the events. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keyFingerprint } from '../../../src/spool/delivery-scope.ts'
import { hangLibrary } from '../../support/hang-library.ts'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { paths, run } from '../../support/run.ts'
import { fillQueue, keptIn, namesIn, seriesOf, waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { apiForTest, cronitor, exec, reportingTo, statesOf } from '../../support/wrapper.ts'

const LONG_MS = 60_000

function newSpool(): string {
  const spool = join(tempDir('blocks'), 'spool')
  mkdirSync(spool, { recursive: true, mode: 0o700 })
  return spool
}

/** A FIFO that nobody writes to: to open it waits for ever. */
function fifoAt(spool: string, path: string): void {
  mkdirSync(join(spool, path, '..'), { recursive: true, mode: 0o700 })
  execFileSync('mkfifo', ['-m', '600', join(spool, path)])
}

const EVENT = '001790000000000-0123456789abcdef-KEY-0123456789ab-100.json'
const PLACES = [
  'queue',
  'rejected',
  'runs',
  'locks',
  'damaged',
  'booted-at',
  `queue/${EVENT.replace('KEY', keyFingerprint(KEY))}`,
  `rejected/${EVENT.replace('KEY', keyFingerprint(KEY))}`,
  'queue/.unfinished-0123456789ab-x',
  'runs/1-1-0123456789ab.run',
  'runs/1-1-0123456789ab.sent',
  'runs/1-1-0123456789ab.end',
  'runs/recovery.lock',
  `locks/deliver-${keyFingerprint(KEY)}`,
  'locks/damaged-seen-old',
  'damaged/x.damaged',
]

describe('a FIFO in the place of', () => {
  test.each(PLACES)('%s holds up nothing', { timeout: 3 * LONG_MS }, async place => {
    const api = await apiForTest()
    const spool = newSpool()
    fifoAt(spool, place)
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '20s' }
    const options = { timeoutMs: LONG_MS }
    expect((await exec(['job', 'sh', '-c', 'exit 6'], env, options)).status).toBe(6)
    expect(statesOf(api.events('job'))).toEqual(['run', 'fail'])
    await cronitor(['ping', 'm', '--ok'], env, options)
    expect(statesOf(api.events('m'))).toEqual(['ok'])

    const down = {
      ...env,
      CRONITOR_TELEMETRY_URL: `http://127.0.0.1:${CLOSED_PORT}`,
      CRONITOR_DELIVER_WITHIN: '0s',
    }
    expect((await exec(['job', 'sh', '-c', 'exit 6'], down, options)).status).toBe(6)
    for (const command of [
      ['list'],
      ['list', '--rejected'],
      ['flush'],
      ['retry'],
      ['drop', '--older-than', '1d'],
    ])
      expect((await cronitor(['spool', ...command], env, options)).signal).toBe(null)
  })

  test('notes of other processes about the limits are ignored', async () => {
    const api = await apiForTest({ respond: (_, index) => ({ status: index === 0 ? 429 : 200 }) })
    const spool = newSpool()
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '20s' }
    expect((await exec(['job', 'true'], env)).status).toBe(0)
    const [pace = ''] = namesIn(spool, 'locks').filter(name => name.startsWith('pace-'))
    const other = newSpool()
    fifoAt(other, join('locks', pace))
    expect((await exec(['job', 'true'], { ...env, CRONITOR_SPOOL_DIR: other })).status).toBe(0)
  })
})

const hang = hangLibrary()

describe.skipIf(hang === undefined)(
  `a file system that hangs${hang ? '' : ': no C compiler for Linux'}`,
  () => {
    test.each([
      ['with an API', true],
      ['without', false],
    ])('holds up neither the events nor the end, %s', { timeout: 2 * LONG_MS }, async (_, isUp) => {
      const api = await apiForTest()
      const spool = newSpool()
      const env = {
        ...reportingTo(isUp ? api : { url: `http://127.0.0.1:${CLOSED_PORT}` }),
        CRONITOR_SPOOL_DIR: spool,
        CRONITOR_DELIVER_WITHIN: isUp ? '10s' : '1s',
        HANG_DIR: spool,
        LD_PRELOAD: hang,
      }
      const result = await run([paths.node, paths.bin.execJs, 'job', 'sh', '-c', 'exit 6'], {
        env,
        timeoutMs: LONG_MS,
      })
      expect(statesOf(api.events('job'))).toEqual(isUp ? ['run', 'fail'] : [])
      expect(String(result.stderr)).toContain(`the file system of ${spool} does not answer`)
      // Older ones have no execve(2), and no other way out while a thread hangs.
      const [major = 0, minor = 0] = execFileSync(paths.node, ['-p', 'process.versions.node'], {
        encoding: 'utf8',
      })
        .split('.')
        .map(Number)
      const leaves = major > 22 || (major === 22 && minor >= 15)
      expect({ status: result.status, signal: result.signal }).toEqual(
        leaves ? { status: 6, signal: null } : { status: null, signal: 'SIGKILL' },
      )
    })
    test('keeps the status with each Node.js if the file system is known to ask a server', {
      timeout: 2 * LONG_MS,
    }, async () => {
      const api = await apiForTest()
      const spool = newSpool()
      const mounts = join(tempDir('mounts'), 'mountinfo')
      writeFileSync(
        mounts,
        `1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:50 / ${spool} rw - nfs4 server:/spool rw\n`,
      )
      const env = {
        ...reportingTo(api),
        CRONITOR_SPOOL_DIR: spool,
        CRONITOR_DELIVER_WITHIN: '10s',
        HANG_DIR: spool,
        HANG_MOUNTS: mounts,
        LD_PRELOAD: hang,
      }
      for (const [command, status] of [
        [[paths.bin.execJs, 'job', 'sh', '-c', 'exit 6'], 6],
        [[join(paths.project, 'bin/cronitor.js'), 'ping', 'm', '--ok'], 0],
      ] as const) {
        const result = await run([paths.node, ...command], { env, timeoutMs: LONG_MS })
        expect({ status: result.status, signal: result.signal }).toEqual({ status, signal: null })
        expect(String(result.stderr)).toBe(
          `${status === 6 ? 'cronitor-exec' : 'cronitor'}: events cannot be kept on disk: the file system of ${spool} does not answer\n`,
        )
      }
      expect(statesOf(api.events('job'))).toEqual(['run', 'fail'])
      expect(statesOf(api.events('m'))).toEqual(['ok'])
    })
  },
)

test('a queue of a hundred thousand is left in time, with and without an API', {
  timeout: 3 * LONG_MS,
}, async () => {
  const spool = newSpool()
  fillQueue(
    spool,
    Array.from({ length: 20_000 }, (_, index) => seriesOf(`m${index % 100}`, `s${index}`)).flat(),
    KEY,
  )
  const env = {
    CRONITOR_API_KEY: KEY,
    CRONITOR_TELEMETRY_URL: `http://127.0.0.1:${CLOSED_PORT}`,
    CRONITOR_SPOOL_DIR: spool,
    CRONITOR_SPOOL_MAX_SIZE: '1000m',
    CRONITOR_DELIVER_WITHIN: '300ms',
    CRONITOR_NO_COURIER: '1',
  }
  const before = waitingIn(spool)
  expect((await exec(['job', 'true'], env)).status).toBe(0)
  // With no time for the queue, the record holds them.
  expect(keptIn(spool)).toBe(before + 2)
  expect((await cronitor(['ping', 'm', '--ok'], env)).status).toBe(0)
  expect(keptIn(spool)).toBe(before + 3)
  const waiting = waitingIn(spool)
  const listed = await cronitor(['spool', 'list'], env, { timeoutMs: LONG_MS })
  expect(String(listed.stdout).split('\n')).toHaveLength(waiting + 2)
})
