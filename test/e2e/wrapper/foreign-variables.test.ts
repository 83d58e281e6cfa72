/** What Node.js and its libraries read from the environment is the job's: here it changes nothing, and the job gets it all. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FOREIGN_VARIABLES } from '../../../src/system/foreign-variables.ts'
import { startWebhookReceiver } from '../../support/notification-receivers.ts'
import { paths, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { apiForTest, cronitor, exec, reportingTo, statesOf } from '../../support/wrapper.ts'

const written = join(tempDir('written'), 'by-node')

/** Values with a visible effect; `undefined`, with the reason, if a test cannot set one. */
const HOSTILE: Readonly<Record<string, string | undefined>> = {
  NODE_OPTIONS: '--no-such-option',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_USE_ENV_PROXY: '1',
  NODE_USE_SYSTEM_CA: '1',
  NODE_DEBUG: 'http,https,net,tls,timer,execa,child_process,module,esm,fs,stream,cluster',
  NODE_DEBUG_NATIVE: 'INSPECTOR_SERVER,CRYPTO,PERMISSION_MODEL,COMPILE_CACHE',
  NODE_V8_COVERAGE: written,
  NODE_COMPILE_CACHE: written,
  NODE_REDIRECT_WARNINGS: written,
  NODE_PENDING_DEPRECATION: '1',
  NODE_PRESERVE_SYMLINKS: '1',
  NODE_PRESERVE_SYMLINKS_MAIN: '1',
  NODE_ICU_DATA: '/no/such/folder',
  NODE_CHANNEL_FD: '0',
  NODE_CHANNEL_SERIALIZATION_MODE: 'none such',
  NODE_UNIQUE_ID: '7',
  NODE_TEST_CONTEXT: 'child-v8',
  FORCE_COLOR: '3',
  UV_THREADPOOL_SIZE: '1',
  UV_USE_IO_URING: '1',
  OPENSSL_CONF: '/no/such/file',
  SSLKEYLOGFILE: written,
  LANG: 'tr_TR.UTF-8',
  LC_ALL: 'tr_TR.UTF-8',
  TZ: 'Pacific/Kiritimati',
  RES_OPTIONS: 'attempts:1',
  HTTPS_PROXY: 'http://127.0.0.1:1',
  HTTP_PROXY: 'http://127.0.0.1:1',
  NO_PROXY: undefined,
  REQUEST_METHOD: 'GET',
  ALL_PROXY: 'socks5://127.0.0.1:1',
  // One warning, which another test is about.
  NODE_EXTRA_CA_CERTS: undefined,
  // Each program prints with it, the launcher's shell among them; with the others it may not start at all.
  LD_DEBUG: undefined,
  LD_LIBRARY_PATH: '/no/such/folder',
  LD_PRELOAD: undefined,
  LD_AUDIT: undefined,
  GLIBC_TUNABLES: undefined,
  MALLOC_CHECK_: '0',
  MALLOC_PERTURB_: '1',
  MALLOC_ARENA_MAX: '1',
}

const env = Object.fromEntries(
  FOREIGN_VARIABLES.flatMap(({ name }) => {
    const value = name in HOSTILE ? HOSTILE[name] : 'x'
    return value === undefined ? [] : [[name, value]]
  }),
)

/** `cronitor serve` keeps them from the commands that it runs. A job's are the job's. */
const OF_DATABASE = {
  CRONITOR_DATABASE: 'postgres://ann:secret@db1/cronitor',
  PGPASSWORD: 'secret',
  PGPASSFILE: '/etc/cronitor/pgpass',
}

const nothingWritten = () => expect(existsSync(written)).toBe(false)

test.each([
  ['cronitor-exec', [paths.bin.exec]],
  ['cronitor exec', [paths.bin.cronitor, 'exec']],
])(
  '%s reports and prints as ever, and its job has them all as they were',
  async (_what, [program = '', ...words]) => {
    const api = await apiForTest()
    const argv = [program, ...words, 'nightly', 'env', '-0', '-u', 'CRONITOR_API_KEY']
    const given = { ...env, ...OF_DATABASE }
    const running = start(argv, { env: reportingTo(api, given) })
    const result = await running.done
    expect([result.status, String(result.stderr)]).toEqual([0, ''])
    const seen = new Map(
      String(result.stdout)
        .split('\0')
        .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    expect(Object.fromEntries(Object.keys(given).map(name => [name, seen.get(name)]))).toEqual(given)
    expect([...seen.keys()].filter(name => name.startsWith('_CRONITOR'))).toEqual([])
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
    nothingWritten()
  },
)

const notOurs = FOREIGN_VARIABLES.filter(({ name, use }) => use !== 'read' && name in env)

test.each(notOurs.map(({ name }) => [name, env[name] ?? ''] as const))(
  'a job that has %s alone gets it as %j',
  async (name, value) => {
    const api = await apiForTest()
    const result = await exec(['nightly', `printf %s "$${name}"`], reportingTo(api, { [name]: value }))
    expect([result.status, String(result.stdout), String(result.stderr)]).toEqual([0, value, ''])
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
    nothingWritten()
  },
)

test('ping, flush and runs do and print as ever', async () => {
  const api = await apiForTest()
  const spool = tempDir('spool')
  const hostile = reportingTo(api, { ...env, CRONITOR_SPOOL_DIR: spool })
  const away = { ...hostile, CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:1', CRONITOR_DELIVER_WITHIN: '0s' }
  await cronitor(['ping', 'waiting', '--ok'], away)
  const flushed = await cronitor(['spool', 'flush'], hostile)
  expect([flushed.status, String(flushed.stderr)]).toEqual([0, ''])
  const pinged = await cronitor(['ping', 'nightly', '--ok'], hostile)
  expect([pinged.status, String(pinged.stdout), String(pinged.stderr)]).toEqual([0, '', ''])
  expect(api.events().map(({ monitorKey }) => monitorKey)).toEqual(['waiting', 'nightly'])
  nothingWritten()
})

test('the courier delivers as ever', async () => {
  const api = await apiForTest()
  const spool = tempDir('spool')
  const hostile = reportingTo(api, { ...env, CRONITOR_SPOOL_DIR: spool })
  const away = { ...hostile, CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:1', CRONITOR_DELIVER_WITHIN: '0s' }
  await cronitor(['ping', 'waiting', '--ok'], away)
  await exec(['nightly', 'true'], { ...hostile, CRONITOR_NO_COURIER: undefined })
  await until('it has delivered', () => api.events('waiting').length === 1)
  await until('it has left', () => readdirSync(join(spool, 'locks')).length === 0)
  nothingWritten()
})

test('serve accepts events and sends notifications as usual', async () => {
  const hook = await startWebhookReceiver()
  const argv = [
    paths.bin.cronitor,
    'serve',
    ...['--port', '0', '--data-dir', tempDir('data'), '--notify-url', `http://127.0.0.1:${hook.port}/`],
  ]
  const running = start(argv, { env, timeoutMs: 170_000 })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
  expect((await fetch(`${url}/p/some-key/nightly?state=fail`)).status).toBe(200)
  await until('it is told', () => hook.bodies().length === 1)
  running.signal('SIGTERM')
  expect((await running.exited).status).toBe(0)
  expect(String(running.output().stderr)).toBe('')
  nothingWritten()
})
