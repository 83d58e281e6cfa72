/** The key by a file that is replaced, or by a pipe, and the address that events are kept for. */

import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { KEY } from '../../support/key.ts'
import { paths, run, start } from '../../support/run.ts'
import { MEMORY, tempDir } from '../../support/temp.ts'
import {
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  statesOf,
  untilFile,
} from '../../support/wrapper.ts'

const OLD_KEY = 'Wm2Vc-8zRt5Pk1Qd7Hj4Ns'

function keyFile(content: string): string {
  const path = join(tempDir('key'), 'key')
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

describe('a key file that is replaced while the job runs', () => {
  test('is read again before an event counts as refused, by exec', async () => {
    const file = keyFile(`${OLD_KEY}\n`)
    const api = await apiForTest({
      async respond({ path }) {
        if (path.includes(KEY)) return { status: 200 }
        // The job may be slower than the first request.
        await untilFile(`${file}.replaced`)
        return { status: 401 }
      },
    })
    const job = `printf '%s\\n' ${KEY} > ${file}.new; chmod 600 ${file}.new; mv ${file}.new ${file}; : > ${file}.replaced`
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined, CRONITOR_API_KEY_FILE: file })
    const { status, stderr } = await exec(['nightly', job], env)
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    const taken = api.events().filter(({ answered }) => answered === 200)
    expect(statesOf(taken)).toEqual(['run', 'complete'])
  })

  test('that still holds the refused key is a refusal, after one try', async () => {
    const api = await apiForTest({ respond: () => ({ status: 403 }) })
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined, CRONITOR_API_KEY_FILE: keyFile(KEY) })
    const { status, stderr } = await cronitor(['ping', 'nightly', '--ok'], env)
    expect(status).toBe(1)
    expect(linesOf(stderr)).toEqual([expect.stringContaining('refused with HTTP status 403')])
    expect(api.events()).toHaveLength(1)
  })
})

describe('a key by a pipe of the shell', () => {
  const through = (script: string, env: Record<string, string | undefined>, program: string) =>
    run(['bash', '-c', script, program], { env: { ...env, KEY } })

  test.each([
    ['process substitution', '"$0" --api-key-file <(echo "$KEY") nightly echo ran'],
    ['a descriptor', '"$0" --api-key-file /dev/fd/7 nightly echo ran 7< <(echo "$KEY")'],
    ['a descriptor of /proc', '"$0" --api-key-file /proc/self/fd/8 nightly echo ran 8< <(echo "$KEY")'],
    ['the environment', 'CRONITOR_API_KEY_FILE=/dev/fd/8 "$0" nightly echo ran 8< <(echo "$KEY")'],
    [
      'a pipe that stays open behind the line',
      '"$0" --api-key-file <(echo "$KEY"; exec sleep 3 2> /dev/null) nightly echo ran',
    ],
  ])('works: %s', async (_, script) => {
    const api = await apiForTest()
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined })
    const { status, stdout, stderr } = await through(script, env, paths.bin.exec)
    expect({ status, stdout: String(stdout), stderr: String(stderr) }).toEqual({
      status: 0,
      stdout: 'ran\n',
      stderr: '',
    })
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
    for (const { path } of api.events()) expect(path).toContain(KEY)
  })

  test('that nobody writes to is given up at the delivery deadline: one warning, and the job has run', async () => {
    const api = await apiForTest()
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined, CRONITOR_DELIVER_WITHIN: '200ms' })
    const script = '"$0" --api-key-file <(exec sleep 90 2> /dev/null) nightly echo ran'
    const running = start(['bash', '-c', script, paths.bin.exec], { env })
    const { status, stdout, stderr } = await running.done
    running.signalGroup('SIGKILL')
    expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(
        /^cronitor-exec: --api-key-file: \/dev\/fd\/\d+ gave no key in time, so there is no/,
      ),
    ])
  })

  test('is no descriptor of the program itself', async () => {
    const api = await apiForTest()
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined })
    const { status, stderr } = await exec(['--api-key-file', '/dev/fd/9', 'nightly', 'true'], env)
    expect(status).toBe(0)
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/\/dev\/fd\/9 is (not open|neither a file nor a pipe)/),
    ])
  })

  test('works for ping, and a pipe from stdin too', async () => {
    const api = await apiForTest()
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined })
    const script = 'echo "$KEY" | "$0" ping nightly --ok --api-key-file /dev/stdin'
    expect((await through(script, env, paths.bin.cronitor)).status).toBe(0)
    expect(statesOf(api.events())).toEqual(['ok'])
  })
})

test.each([
  ['everyone', 0o602],
  ['everyone', 0o666],
])(
  'a key file that is writable by %s (%o) is not used: one warning names it and the remedy',
  async (who, mode) => {
    const api = await apiForTest()
    const file = keyFile(KEY)
    chmodSync(file, mode)
    const env = reportingTo(api, { CRONITOR_API_KEY: undefined })
    const { status, stderr } = await exec(['--api-key-file', file, 'nightly', 'exit 4'], env)
    expect(status).toBe(4)
    expect(linesOf(stderr)).toEqual([
      `cronitor-exec: --api-key-file: ${file} is writable by ${who}; chmod go-w ${file}, so there is no API key`,
    ])
    expect(api.events()).toEqual([])
  },
)

describe('events that were kept for a configured address', () => {
  test('never go to the built-in one; one warning and the list say that they wait; a configured one gets them', async () => {
    // The wrapper leaves once `Retry-After` goes beyond its time, and has the rest of that for its spool.
    const down = await apiForTest({ respond: () => ({ status: 503, headers: { 'retry-after': '4' } }) })
    const vendor = await httpProxyForTest({ toPort: 1, refuseWith: 502 })
    const spool = join(tempDir('spool', MEMORY), 'spool')
    mkdirSync(spool, { mode: 0o700 })
    const more = { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '3900ms', CRONITOR_NO_COURIER: '1' }
    await exec(['--series', 'private', 'nightly', 'true'], reportingTo(down, more))
    expect(readdirSync(join(spool, 'queue'))).toHaveLength(2)

    const unset = { ...reportingTo(down, more), CRONITOR_TELEMETRY_URL: undefined, HTTPS_PROXY: vendor.url }
    const first = linesOf((await exec(['other', 'true'], unset)).stderr)
    const second = linesOf((await exec(['other', 'true'], unset)).stderr)
    const waits = (lines: readonly string[]) =>
      lines.filter(line => line.includes('kept for a configured address'))
    expect([waits(first).length, waits(second).length]).toEqual([1, 0])
    const flushed = await cronitor(['spool', 'flush', '--deliver-within', '1s'], unset)
    expect(String(flushed.stdout)).toContain('2 waiting for a configured address')
    const list = await cronitor(['spool', 'list'], unset)
    expect(String(list.stdout)).toMatch(/nightly .*kept for a configured address: set CRONITOR_TELEMETRY_URL/)
    for (const file of readdirSync(join(spool, 'queue')).filter(name => name.includes('-configured')))
      expect(readFileSync(join(spool, 'queue', file), 'utf8')).toContain('"series":"private"')

    const api = await apiForTest()
    expect((await cronitor(['spool', 'flush'], reportingTo(api, more))).status).toBe(0)
    expect(statesOf(api.events('nightly'))).toEqual(['run', 'complete'])
  })
})

test('ping drops blanks around series and monitor of the environment', async () => {
  const api = await apiForTest()
  const env = reportingTo(api, {
    CRONITOR_SERIES: ' s1\n',
    CRONITOR_MONITOR_KEY: 'nightly\n',
    CRONITOR_API_KEY: `${KEY}\n`,
  })
  const { status, stderr } = await cronitor(['ping', '--ok'], env)
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  const [event] = api.events()
  expect([event?.monitorKey, event?.params.get('series')]).toEqual(['nightly', 's1'])
})
