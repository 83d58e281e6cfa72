import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lutimesSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acquireLock, adoptLock } from '../../src/system/lock.ts'
import { isAlive, placeOfThisProcess, processId } from '../../src/system/process-id.ts'
import { lockHolder } from '../spool/support.ts'
import { hasProc } from '../support/process-state.ts'
import { paths } from '../support/run.ts'
import { tempDir } from '../support/temp.ts'

const here = placeOfThisProcess()
const lockPath = () => join(tempDir('lock'), 'locks', 'deliver')

/** A process that has ended, and that nobody has waited for yet, is not alive. */
async function endedProcess(): Promise<{ pid: number; start: string }> {
  const child = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const id = processId(child.pid ?? 0)
  child.stdin?.end('\n')
  await once(child, 'exit')
  if (id === undefined) throw new Error('it was gone too early')
  return id
}

/** As lock.ts writes it. */
function target(holder: { pid: number; start: string }, place = here, nonce = 'abc'): string {
  return `courier ${holder.pid} ${holder.start} ${place.boot} ${place.namespace} ${nonce} ${place.machine}`
}

describe('a lock', () => {
  test('is one holder’s until that lets go', () => {
    const path = lockPath()
    const first = acquireLock(path, 'flush', here)
    const second = acquireLock(path, 'run', here)
    expect(first.kind).toBe('held')
    expect(second).toMatchObject({ kind: 'busy', holder: { role: 'flush', pid: process.pid } })
    expect(lockHolder(path, here)?.pid).toBe(process.pid)
    if (first.kind === 'held') first.lock.release()
    expect(lockHolder(path, here)).toBeUndefined()
    expect(acquireLock(path, 'run', here).kind).toBe('held')
  })

  test('of a holder that is gone is the next one’s', async () => {
    const path = lockPath()
    const held = acquireLock(path, 'starting', here)
    if (held.kind === 'held') held.lock.handOver(await endedProcess(), 'courier')
    expect(lockHolder(path, here)).toBeUndefined()
    expect(acquireLock(path, 'flush', here).kind).toBe('held')
  })

  test('that was taken away from a holder is not let go by it', async () => {
    const path = lockPath()
    const held = acquireLock(path, 'flush', here)
    const other = await endedProcess()
    // As if another process had found this one dead.
    unlinkSync(path)
    symlinkSync(target(other), path)
    if (held.kind === 'held') held.lock.release()
    expect(readlinkSync(path)).toBe(target(other))
  })

  test('that was handed over is adopted by that process alone', () => {
    const path = lockPath()
    expect(adoptLock(path)).toBeUndefined()
    const held = acquireLock(path, 'starting', here)
    const self = processId(process.pid)
    if (held.kind !== 'held' || self === undefined) throw new Error('it is not held')
    held.lock.handOver({ ...self, pid: 1 }, 'courier')
    expect(adoptLock(path)).toBeUndefined()
    held.lock.handOver(self, 'courier')
    adoptLock(path)?.release()
    expect(lockHolder(path, here)).toBeUndefined()
  })

  test.skipIf(!hasProc)('of a number that another process has by now is free', () => {
    const self = processId(process.pid)
    for (const [start, isHeld] of [
      [self?.start ?? '', true],
      [`${Number(self?.start) - 1}`, false],
    ] as const) {
      const reused = join(tempDir('lock'), 'reused')
      symlinkSync(target({ pid: process.pid, start }), reused)
      expect(acquireLock(reused, 'flush', here).kind).toBe(isHeld ? 'busy' : 'held')
    }
  })

  test.skipIf(here.boot === '')('of before the machine’s boot is free', () => {
    const path = join(tempDir('lock'), 'lock')
    const self = processId(process.pid)
    if (self === undefined) throw new Error('this process is not there')
    symlinkSync(target(self, { ...here, boot: 'another' }), path)
    expect(acquireLock(path, 'flush', here).kind).toBe('held')
  })

  test('of another machine or container is free once its holder has been silent for long', () => {
    for (const elsewhere of [
      { ...here, machine: 'another' },
      { ...here, namespace: 'pid:[1]' },
    ]) {
      const path = join(tempDir('lock'), 'lock')
      symlinkSync(target({ pid: 1, start: '1' }, elsewhere), path)
      expect(acquireLock(path, 'flush', here)).toMatchObject({ kind: 'busy', holder: { pid: 1 } })
      const long = new Date(Date.now() - 11 * 60_000)
      lutimesSync(path, long, long)
      expect(acquireLock(path, 'flush', here).kind).toBe('held')
    }
  })

  test('is not taken where something else stands, unless that is old', () => {
    const path = join(tempDir('lock'), 'lock')
    writeFileSync(path, 'a file')
    expect(acquireLock(path, 'flush', here)).toEqual({ kind: 'busy', holder: undefined })
    const long = new Date(Date.now() - 11 * 60_000)
    lutimesSync(path, long, long)
    expect(acquireLock(path, 'flush', here).kind).toBe('held')
  })
})

describe('processes that want the same lock at once', () => {
  const children: ChildProcess[] = []
  let program = ''

  beforeAll(async () => {
    program = join(tempDir('contend'), 'contend.mjs')
    const source = `
      import { acquireLock } from './lock.ts'
      import { placeOfThisProcess } from './process-id.ts'
      process.stdin.once('data', () => {
        const { kind } = acquireLock(process.argv[2], 'run', placeOfThisProcess())
        process.stdout.write(kind + '\\n')
      })
      process.stdout.write('ready\\n')`
    await build({
      stdin: { contents: source, resolveDir: join(paths.project, 'src/system'), loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: program,
    })
  })
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  async function contend(path: string, count: number): Promise<string[]> {
    const started = Array.from({ length: count }, () =>
      spawn(paths.node, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    children.push(...started)
    await Promise.all(started.map(child => once(child.stdout, 'data')))
    // They stay alive, so that what the winner has is held.
    const answers = Promise.all(
      started.map(async child => String((await once(child.stdout, 'data'))[0]).trim()),
    )
    for (const child of started) child.stdin.write('go\n')
    const kinds = await answers
    const gone = Promise.all(started.map(child => once(child, 'exit')))
    for (const child of started) child.kill('SIGKILL')
    await gone
    return kinds
  }

  test('get it one at a time, also where its holder was killed', async () => {
    const path = join(tempDir('contend'), 'lock')
    // In the second round and after it, the holder of the round before was killed with the lock held.
    for (let round = 0; round < 4; round++) {
      const kinds = await contend(path, 8)
      expect(kinds.filter(kind => kind === 'held').length, `round ${round}`).toBe(1)
      expect(kinds.filter(kind => kind === 'busy').length, `round ${round}`).toBe(7)
    }
    expect(acquireLock(path, 'flush', here).kind).toBe('held')
  })
})

describe('a process', () => {
  test('is alive until it has ended', async () => {
    const self = processId(process.pid)
    expect(self && isAlive(self)).toBe(true)
    expect(isAlive(await endedProcess())).toBe(false)
  })
})
