/** What is wrong with a file, a port or an address is one line that names it, in words and not in codes. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asUser, userHome } from '../../support/other-user.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { cronitor, linesOf, listening, reportingTo } from '../../support/wrapper.ts'

const folder = tempDir('errors')
mkdirSync(join(folder, 'folder'))
writeFileSync(join(folder, 'file'), 'x\n', { mode: 0o600 })
await run(['mkfifo', join(folder, 'fifo')])

const FILES = [
  ['missing', 'missing'],
  ['a folder', 'folder'],
  ['a FIFO', 'fifo'],
  ['in a file', 'file/x'],
  ['too long a name', 'n'.repeat(300)],
] as const

const USES = [
  ['--api-key-file', (path: string) => ['serve', '--port', '0', '--api-key-file', path]],
  ['--expect-file', (path: string) => ['serve', '--port', '0', '--expect-file', path]],
  ['--tls-cert', (path: string) => ['serve', '--port', '0', '--tls-cert', path, '--tls-key', path]],
  [
    '--forward-key-file',
    (path: string) => [
      'serve',
      '--port',
      '0',
      '--forward-to',
      'http://127.0.0.1:9',
      '--forward-key-file',
      path,
    ],
  ],
] as const

function expectOneLine(stderr: Buffer, name: string): void {
  const lines = linesOf(stderr)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain(name)
  expect(lines[0]).not.toMatch(/\bE[A-Z]{4,}\b|: E[A-Z]+:| at /)
}

describe.each(USES)('serve with %s', (_option, argv) => {
  test.each(FILES)('that is %s', async (_what, name) => {
    const path = join(folder, name)
    const { status, stdout, stderr } = await cronitor(argv(path))
    expect([status, String(stdout)]).toEqual([1, ''])
    expectOneLine(stderr, name.split('/')[0] ?? '')
  })
})

describe('a ping with --log', () => {
  test.each(FILES.filter(([what]) => what !== 'missing'))('that is %s', async (_what, name) => {
    const path = join(folder, name)
    const env = {
      ...reportingTo({ url: `http://127.0.0.1:${CLOSED_PORT}` }),
      CRONITOR_DELIVER_WITHIN: '0s',
    }
    const { stderr } = await cronitor(['ping', 'key', '--ok', '--log', path], env)
    const [line = ''] = linesOf(stderr).filter(each => each.includes('the log'))
    expectOneLine(Buffer.from(line), path)
  })
})

describe('serve on', () => {
  test('a port that is in use', async () => {
    const server = createServer()
    const { port } = new URL(await listening(server))
    onTestFinished(() => void server.close())
    const { status, stderr } = await cronitor(['serve', '--port', port])
    expect(status).toBe(1)
    expectOneLine(stderr, `127.0.0.1:${port}`)
  })

  test('an address that is not this host’s', async () => {
    const { stderr } = await cronitor([
      ...['serve', '--port', '0', '--listen', '192.0.2.1'],
      ...['--api-key-file', join(folder, 'file')],
    ])
    expectOneLine(stderr, '192.0.2.1')
  })
})

test('a ping whose stdin is a folder', async () => {
  const env = {
    ...reportingTo({ url: `http://127.0.0.1:${CLOSED_PORT}` }),
    CRONITOR_DELIVER_WITHIN: '0s',
  }
  const script = `exec "$@" < '${join(folder, 'folder')}'`
  const { stderr } = await run(
    ['sh', '-c', script, 'sh', paths.bin.cronitor, 'ping', 'key', '--ok', '--msg', '-'],
    { env },
  )
  expect(String(stderr)).toContain('cronitor: stdin could not be read to its end: it is a folder\n')
})

test('a warning reaches a pipe that the user may not open, as cron makes them', async () => {
  const HOME = userHome()
  const script = 'mkfifo pipe && exec 3<>pipe 4<pipe && chmod 0 pipe; "$@" 2>&3; exec 3>&-; cat <&4'
  const argv = asUser(['sh', '-c', script, 'sh', paths.bin.exec, '--no-spool', 'key', 'true'])
  const { stdout, stderr } = await run(argv, { cwd: HOME, env: { HOME } })
  expect(String(stderr)).toBe('')
  expect(linesOf(stdout)).toEqual([expect.stringMatching(/^cronitor-exec: .*API key/)])
})
