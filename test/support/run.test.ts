import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { paths, run, start } from './run.ts'
import { removeTempDirs, tempDir } from './temp.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a program sees only the environment that it is given', async () => {
  vi.stubEnv('NODE_OPTIONS', '--no-warnings')
  vi.stubEnv('CRONITOR_API_KEY', 'not this one')
  const { stdout } = await run(['/usr/bin/env'], { env: { CRONITOR_ENV: 'test', CRONITOR_NODE: undefined } })
  const names = String(stdout)
    .trim()
    .split('\n')
    .map(line => line.replace(/=.*/, ''))
  expect(names.sort()).toEqual([
    'CRONITOR_DATA_DIR',
    'CRONITOR_ENV',
    'CRONITOR_NO_COURIER',
    'CRONITOR_SPOOL_DIR',
    'HOME',
    'PATH',
  ])
})

test('each program has its own spool, beside its home and not in it', async () => {
  const places = async (env: Record<string, string | undefined> = {}) =>
    String((await run(['/bin/sh', '-c', 'echo "$HOME|$CRONITOR_SPOOL_DIR"'], { env })).stdout)
      .trim()
      .split('|')
  const [home = '', spool = ''] = await places()
  expect(spool).toBe(join(home, '..', 'spool'))
  expect((await places({ HOME: '/elsewhere' }))[1]).toMatch(/^\/.*-run-.*\/spool$/)
  expect((await places())[1]).not.toBe(spool)
  expect((await places({ CRONITOR_SPOOL_DIR: undefined }))[1]).toBe('')
})

test('status, signal and both streams are returned', async () => {
  const ended = await run(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'])
  expect(ended).toMatchObject({ status: 3, signal: null })
  expect(String(ended.stdout)).toBe('out\n')
  expect(String(ended.stderr)).toBe('err\n')
  expect(await run(['/bin/sh', '-c', 'kill -TERM $$'])).toMatchObject({ status: null, signal: 'SIGTERM' })
})

test('stdout and stderr can be opened again, which a socket cannot', async () => {
  const { status, stdout, stderr } = await run([
    '/bin/sh',
    '-c',
    'echo a > /dev/stdout; echo b > /dev/stderr',
  ])
  expect(status).toBe(0)
  expect(String(stdout) + String(stderr)).toBe('a\nb\n')
})

test('input arrives whole and ends', async () => {
  const input = Buffer.alloc(300_000, 'input ')
  expect((await run(['/bin/cat'], { input })).stdout.equals(input)).toBe(true)
  expect((await run(['/bin/cat'])).stdout).toHaveLength(0)
  expect((await run(['/bin/true'], { input })).status).toBe(0)
})

test('a running program gets signals, and its end is reported before its pipes are closed', async () => {
  const running = start([
    '/bin/sh',
    '-c',
    'trap "exit 7" USR1; sleep 60 & echo up; while :; do sleep 0.01; done',
  ])
  await new Promise(resolve => running.stdout?.once('data', resolve))
  running.signal('SIGUSR1')
  expect(await running.exited).toMatchObject({ status: 7 })
  running.signalGroup('SIGKILL')
  expect(String((await running.done).stdout)).toBe('up\n')
})

test('a program that is too slow is killed with all its group', async () => {
  await expect(run(['/bin/sh', '-c', 'sleep 60; :'], { timeoutMs: 30 })).rejects.toThrow(
    'not over after 30 ms',
  )
})

test('a program that is not there rejects', async () => {
  await expect(run(['/nonexistent'])).rejects.toThrow('ENOENT')
})

test('output is kept for a search if CAPTURE_DIR is set', async () => {
  const folder = tempDir('capture')
  vi.stubEnv('CAPTURE_DIR', folder)
  await run(['/bin/sh', '-c', 'echo out; echo err >&2'])
  const files = readdirSync(folder).sort()
  expect(files.map(file => readFileSync(join(folder, file), 'utf8')).sort()).toEqual(['err\n', 'out\n'])
})

test('temporary folders are private and are removed', () => {
  const folder = tempDir()
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  removeTempDirs()
  expect(existsSync(folder)).toBe(false)
})

test('the programs under test are named by absolute paths', () => {
  expect(paths.bin.exec).toBe(join(paths.project, 'bin/cronitor-exec'))
  expect(existsSync(join(paths.project, 'package.json'))).toBe(true)
})
