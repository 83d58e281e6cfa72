/** The lock of the data folder, as several servers and users see it. */

import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asUser, userHome, whyNoUser } from '../../support/other-user.ts'
import { paths, type Running, run, start } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { cronitor } from '../../support/wrapper.ts'

async function refusal(dataDir: string): Promise<string> {
  const { status, stdout, stderr } = await cronitor(['serve', '--port', '0', '--data-dir', dataDir])
  expect({ status, stdout: String(stdout) }).toEqual({ status: 1, stdout: '' })
  return String(stderr)
}

test.each([
  ['was overwritten', (lock: string) => writeFileSync(lock, 'x'.repeat(8192))],
  [
    'was exchanged for another file',
    (lock: string) => {
      rmSync(lock)
      writeFileSync(lock, 'x'.repeat(8192))
    },
  ],
])('a lock that %s while a server runs lets no second one start', async (_, damage) => {
  const dataDir = tempDir('data')
  const lock = join(dataDir, 'cronitor.lock')
  const first = await serve(['--data-dir', dataDir])
  damage(lock)
  expect(await refusal(dataDir)).toBe(
    `cronitor: ${lock} is damaged, and another program, perhaps a server, uses ${dataDir}/cronitor.db: stop it, then start again\n`,
  )
  expect(await sendEvent(first, 'job', { state: 'ok' })).toBe(200)
  first.running.signalGroup('SIGKILL')
  await first.running.done
  const second = await serve(['--data-dir', dataDir])
  expect(await sendEvent(second, 'job', { state: 'ok' })).toBe(200)
})

test('of several servers that start at once over a damaged lock, at most one runs', async () => {
  const dataDir = tempDir('data')
  const first = await serve(['--data-dir', dataDir])
  first.running.signal('SIGTERM')
  await first.running.done
  writeFileSync(join(dataDir, 'cronitor.lock'), 'garbage')
  const argv = [paths.bin.cronitor, 'serve', '--port', '0', '--data-dir', dataDir]
  const servers = Array.from({ length: 4 }, (): Running => start(argv, { timeoutMs: 170_000 }))
  let listening = 0
  await Promise.all(
    servers.map(async server => {
      // Either it ends by itself, or it prints its address.
      while (!String(server.output().stdout).includes('Listening')) {
        const ended = await Promise.race([
          server.done.then(() => true),
          new Promise<false>(resolve => setTimeout(resolve, 50, false)),
        ])
        if (ended) return
      }
      listening += 1
    }),
  )
  expect(listening).toBeLessThanOrEqual(1)
  for (const server of servers) server.signalGroup('SIGKILL')
  await Promise.allSettled(servers.map(({ done }) => done))
  const last = await serve(['--data-dir', dataDir])
  expect(await sendEvent(last, 'job', { state: 'ok' })).toBe(200)
})

const noUser = whyNoUser()

describe.skipIf(noUser !== undefined)(`permissions${noUser ? `: ${noUser}` : ''}`, () => {
  const program = asUser([paths.bin.cronitor])

  async function usedFolder(): Promise<string> {
    const dataDir = join(userHome(), 'data')
    const first = await serve(['--data-dir', dataDir], { program })
    expect(await sendEvent(first, 'job', { state: 'fail' })).toBe(200)
    first.running.signal('SIGTERM')
    await first.running.done
    return dataDir
  }

  test.each(['000', '400'])('a lock with mode %s is told with its path and what to do', async mode => {
    const dataDir = await usedFolder()
    const lock = join(dataDir, 'cronitor.lock')
    chmodSync(lock, Number.parseInt(mode, 8))
    const { status, stderr } = await run([...program, 'serve', '--port', '0', '--data-dir', dataDir])
    expect({ status, stderr: String(stderr) }).toEqual({
      status: 1,
      stderr: `cronitor: cannot open ${lock}: permission denied: give the user who runs the server read and write permission (chmod 600)\n`,
    })
  })

  test.each([
    ['folder', (dataDir: string) => dataDir, 0o500, 0o700],
    ['database', (dataDir: string) => join(dataDir, 'cronitor.db'), 0o400, 0o600],
  ])('a %s that cannot be written is read, until it can', async (_, pathIn, mode, writable) => {
    const dataDir = await usedFolder()
    chmodSync(pathIn(dataDir), mode)
    const server = await serve(['--data-dir', dataDir], { program })
    const asked = await server.send('GET', '/healthz')
    expect([asked.status, await asked.text()]).toEqual([503, 'events cannot be stored: permission denied\n'])
    expect(await (await server.send('GET', '/api/monitors/job')).json()).toMatchObject({ health: 'failing' })
    expect(await sendEvent(server, 'job', { state: 'ok' })).toBe(503)
    chmodSync(pathIn(dataDir), writable)
    await until('it is healthy', async () => (await server.send('GET', '/healthz')).status === 200)
    expect(await sendEvent(server, 'job', { state: 'ok' })).toBe(200)
    expect(await (await server.send('GET', '/api/monitors/job')).json()).toMatchObject({ health: 'healthy' })
    expect(String(server.running.output().stderr)).toBe(
      [
        'cronitor: events cannot be stored, and are refused: permission denied; until they can, runs and monitors are only shown',
        'cronitor: events cannot be stored, and are refused: permission denied',
        'cronitor: events can be stored again',
        '',
      ].join('\n'),
    )
  })
})
