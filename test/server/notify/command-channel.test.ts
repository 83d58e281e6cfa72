import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CommandOptions, commandChannel } from '../../../src/server/notify/command-channel.ts'
import { messageOf } from '../../../src/server/notify/message.ts'
import { MAX_FACT_BYTES } from '../../../src/server/notify/notification.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { change } from './support.ts'

const never = new AbortController().signal

function deliver(
  argv: CommandOptions['argv'],
  told = change(1),
  { signal = never, ...options }: Partial<CommandOptions> & { signal?: AbortSignal } = {},
) {
  return commandChannel({ argv, env: { PATH: '/usr/bin:/bin' }, ...options }).deliver([told], signal)
}

const sh = (script: string, ...args: string[]) => ['/bin/sh', '-c', script, 'sh', ...args] as const

test('the notification is in its environment and on its stdin, and its arguments are as given', async () => {
  const file = join(tempDir('command'), 'out')
  const script =
    'cat > "$1.json"; printf "%s|%s|%s" "$2" "$CRONITOR_CHANGE_MONITOR" "$CRONITOR_CHANGE_TO" > "$1"'
  expect(await deliver(sh(script, file, '$(id) *'))).toEqual({ kind: 'delivered' })
  expect(readFileSync(file, 'utf8')).toBe('$(id) *|nightly|failing')
  expect(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).toEqual(messageOf([change(1)]))
})

test('it does not get what leads to the database and the mail server of the server, but all else', async () => {
  const file = join(tempDir('command'), 'out')
  const env = {
    PATH: '/usr/bin:/bin',
    PGHOST: 'db1',
    CRONITOR_DATABASE: 'postgres://ann:secret@db1/cronitor',
    PGPASSWORD: 'secret',
    PGPASSFILE: '/etc/cronitor/secret',
    CRONITOR_SMTP_URL: 'smtps://ann:secret@mail.example.org',
    // For `cronitor ping` in it.
    CRONITOR_API_KEY: 'key-of-senders',
    SMTP_URL: 'smtp://localhost',
  }
  expect(await deliver(sh('env > "$1"', file), change(1), { env })).toEqual({ kind: 'delivered' })
  const got = readFileSync(file, 'utf8')
  for (const name of ['PGHOST', 'CRONITOR_API_KEY', 'SMTP_URL'] as const)
    expect(got).toContain(`${name}=${env[name]}\n`)
  expect(got).not.toMatch(/secret|^(CRONITOR_DATABASE|PGPASS|CRONITOR_SMTP_URL)/m)
})

test('several changes are one run, with JSON on its stdin', async () => {
  const file = join(tempDir('command'), 'out')
  const told = [change(1, { monitorKey: 'a' }), change(2, { monitorKey: 'b' })] as const
  const script = 'cat > "$1.json"; echo "$CRONITOR_CHANGE_COUNT|$CRONITOR_CHANGE_TEXT" >> "$1"'
  const channel = commandChannel({ argv: sh(script, file), env: { PATH: '/usr/bin:/bin' } })
  expect(await channel.deliver(told, never)).toEqual({ kind: 'delivered' })
  expect(readFileSync(file, 'utf8')).toBe('2|2 changes:\na is failing\nb is failing\n')
  expect(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).toEqual(messageOf(told))
})

test('a program need not read its stdin, and a process that it leaves need not either', async () => {
  const file = join(tempDir('command'), 'pid')
  const run = { id: 1, monitorKey: 'x', state: 'failed', message: 'x'.repeat(30_000) } as const
  const many = Array.from({ length: 8 }, (_, index) => change(index + 2, { run }))
  const script = 'sleep 600 & echo $! > "$1"'
  const channel = commandChannel({ argv: sh(script, file), env: { PATH: '/usr/bin:/bin' } })
  const delivery = channel.deliver([change(1), ...many], never)
  expect(await delivery).toEqual({ kind: 'delivered' })
  process.kill(Number(readFileSync(file, 'utf8')))
  expect(await deliver(['/bin/true'])).toEqual({ kind: 'delivered' })
})

test('the output of a job is data, never code', async () => {
  const folder = tempDir('command')
  const message = `$(touch ${folder}/a) \`touch ${folder}/b\`\n; touch ${folder}/c\n\0\x1b[31m${'é'.repeat(100_000)}"'\\`
  const run = { id: 1, monitorKey: 'x', state: 'failed', message } as const
  const told = change(1, { monitorKey: `$(touch${folder}/d)`, run })
  expect(await deliver(sh('printf %s "$CRONITOR_CHANGE_MESSAGE" > "$1"', `${folder}/out`), told)).toEqual({
    kind: 'delivered',
  })
  const got = readFileSync(join(folder, 'out'))
  expect(got.length).toBeGreaterThan(MAX_FACT_BYTES - 4)
  expect(got.length).toBeLessThanOrEqual(MAX_FACT_BYTES)
  expect(String(got)).toMatch(/^é+"'\\$/)
  for (const name of ['a', 'b', 'c', 'd']) expect(existsSync(join(folder, name))).toBe(false)
})

test('a short hostile message arrives unchanged, except for NULs and terminal sequences', async () => {
  const file = join(tempDir('command'), 'out')
  const run = {
    id: 1,
    monitorKey: 'x',
    state: 'failed',
    message: '$(touch x)\n`id`\0;\x1b[31m "$HOME"',
  } as const
  await deliver(sh('printf %s "$CRONITOR_CHANGE_MESSAGE" > "$1"', file), change(1, { run }))
  expect(readFileSync(file, 'utf8')).toBe('$(touch x)\n`id`; "$HOME"')
})

test.each([
  ['exit 3', { kind: 'failed', problem: 'exit status 3' }],
  ['kill -9 $$', { kind: 'failed', problem: 'killed by SIGKILL' }],
])('%s: %j', async (script, delivery) => {
  expect(await deliver(sh(script))).toEqual(delivery)
})

test('a program that is missing or cannot be run is a failure', async () => {
  const file = join(tempDir('command'), 'program')
  expect(await deliver([file])).toMatchObject({ kind: 'failed', problem: expect.stringContaining('no such') })
  expect(await deliver(['no-such-program'])).toMatchObject({ kind: 'failed' })
  writeFileSync(file, '')
  chmodSync(file, 0o600)
  expect(await deliver([file])).toMatchObject({ problem: expect.stringContaining('permission') })
  expect(await deliver(['/bin/true', 'x'.repeat(3_000_000)])).toMatchObject({
    problem: 'it cannot be run: E2BIG',
  })
})

test('a command that takes too long is ended with its children, even if it ignores SIGTERM', async () => {
  const file = join(tempDir('command'), 'pids')
  const script = 'trap "" TERM; sleep 600 & echo $! $$ > "$1"; wait; sleep 600'
  const written = () => (existsSync(file) ? /^(\d+) (\d+)\n/.exec(readFileSync(file, 'utf8')) : null)
  // On a busy machine it may be ended before it has come so far: then it gets more time.
  for (let timeoutMs = 500; written() === null; timeoutMs *= 2) {
    const delivery = await deliver(sh(script, file), change(1), { timeoutMs, killAfterMs: 100 })
    expect(delivery).toEqual({ kind: 'failed', problem: `did not end within ${timeoutMs / 1000} s` })
  }
  for (const pid of written()?.slice(1) ?? []) {
    await until(`${pid} is gone`, () => !isRunning(Number(pid)))
  }
})

test('an abort ends it', async () => {
  const abort = new AbortController()
  const file = join(tempDir('command'), 'started')
  const delivery = deliver(sh('echo > "$1"; exec sleep 600', file), change(1), { signal: abort.signal })
  await until('it has started', () => existsSync(file))
  abort.abort()
  expect(await delivery).toEqual({ kind: 'failed', problem: 'was ended with the server' })
})

test('its name contains no argument', () => {
  const { name, cursor } = commandChannel({ argv: ['notify', '--key', 'secret'], env: {} })
  expect(name).toBe('--notify-command notify')
  expect(cursor).toMatch(/^notify-command:[0-9a-f]{12}$/)
})

/** One that has ended and that nobody waits for (in a container without an init) is not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // It may be gone in between.
    return !existsSync('/proc/self/stat') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
