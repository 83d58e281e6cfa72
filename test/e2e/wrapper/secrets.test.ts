/** The API key is seen nowhere but in the path of a request: neither whole nor any eight characters of it. */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Answer, FakeApi } from '../../support/fake-api.ts'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { isExecutable, paths, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { checked } from '../../support/validating-proxy.ts'
import {
  acceptedEvent,
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  startExec,
} from '../../support/wrapper.ts'

/** A key that no other test has: process lists are everybody's. */
function freshKey(): string {
  return `Ck${randomBytes(15).toString('hex')}`
}

/** Eight successive characters of `key` that `text` contains, plain or percent-encoded. */
function pieceOf(key: string, text: string): string | undefined {
  for (let at = 0; at + 8 <= key.length; at += 1) {
    const piece = key.slice(at, at + 8)
    if (text.includes(piece) || text.includes(encodeURIComponent(piece))) return piece
  }
  return undefined
}

/** All that left the wrapper, apart from the path of its requests. */
function allThatWasSeen(result: { stdout: Buffer; stderr: Buffer }, api?: FakeApi, log?: string): string {
  const requests = (api?.events() ?? []).map(({ params, headers, body, target }) =>
    [...params]
      .flat()
      .concat(JSON.stringify(headers), String(body), target.slice(target.indexOf('?')))
      .join('\n'),
  )
  const logged = log !== undefined && existsSync(log) ? readFileSync(log, 'utf8') : ''
  return [String(result.stdout), String(result.stderr), logged, ...requests].join('\n')
}

/** The ways in which a key is given without being in the process list. */
const WAYS = ['environment', 'file', 'settings file'] as const

function given(way: (typeof WAYS)[number], key: string): Record<string, string> {
  const file = join(tempDir('key'), 'file')
  switch (way) {
    case 'environment':
      return { CRONITOR_API_KEY: key }
    case 'file':
      writeFileSync(file, `${key}\n`, { mode: 0o600 })
      return { CRONITOR_API_KEY_FILE: file }
    case 'settings file':
      writeFileSync(file, JSON.stringify({ CRONITOR_PING_API_KEY: key }), { mode: 0o600 })
      return { CRONITOR_CONFIG: file }
  }
}

describe('whatever becomes of the events', () => {
  const ANSWERS: readonly { what: string; answer: Answer }[] = [
    { what: 'taken', answer: { status: 200 } },
    { what: 'refused with 403', answer: { status: 403 } },
    { what: 'refused with 414', answer: { status: 414 } },
    { what: 'answered with 500', answer: { status: 500 } },
    { what: 'answered with garbage', answer: 'garbage' },
    { what: 'answered with a reset', answer: 'reset' },
    { what: 'not answered', answer: 'hang' },
  ]

  describe.each(WAYS)('with the key from the %s', way => {
    test.each(ANSWERS)('nothing shows the key if they are $what', async ({ answer }) => {
      const key = freshKey()
      const folder = tempDir()
      const api = await apiForTest({
        respond() {
          writeFileSync(join(folder, 'asked'), '')
          return answer
        },
      })
      const log = join(folder, 'log')
      const env = {
        CRONITOR_TELEMETRY_URL: api.url,
        CRONITOR_DELIVER_WITHIN: '300ms',
        CRONITOR_LOG: log,
        ...given(way, key),
      }
      // On a busy machine, 300 ms may be too short for a request.
      const job = `echo out; until [ -e ${folder}/asked ]; do sleep 0.02; done; exit 3`
      const wrapped = await exec(['--verbose', 'nightly', job], env)
      expect(wrapped.status).toBe(3)
      expect(api.events()[0]?.apiKey).toBe(key)
      expect(pieceOf(key, allThatWasSeen(wrapped, api, log))).toBeUndefined()
      const ping = await cronitor(['ping', '--verbose', 'nightly', '--ok'], env)
      expect(pieceOf(key, allThatWasSeen(ping, api, log))).toBeUndefined()
      expect(linesOf(wrapped.stderr).length).toBeGreaterThan(3)
      expect(existsSync(log)).toBe(true)
    })
  })

  test.each(['https://telemetry.invalid', 'http://127.0.0.1:PORT', 'https://127.0.0.1:PORT'])(
    'nothing shows the key if there is no API at %s',
    async url => {
      const key = freshKey()
      const env = {
        CRONITOR_TELEMETRY_URL: url.replace('PORT', String(CLOSED_PORT)),
        CRONITOR_DELIVER_WITHIN: '300ms',
        CRONITOR_API_KEY: key,
      }
      expect(pieceOf(key, allThatWasSeen(await exec(['--verbose', 'nightly', 'true'], env)))).toBeUndefined()
    },
  )

  test('a proxy for plain HTTP sees the key in the path alone, and no error shows it', async () => {
    const key = freshKey()
    const proxy = await httpProxyForTest({ toPort: 1, refuseWith: 407 })
    const env = {
      CRONITOR_TELEMETRY_URL: 'http://telemetry.invalid',
      CRONITOR_DELIVER_WITHIN: '300ms',
      CRONITOR_API_KEY: key,
      HTTP_PROXY: proxy.url,
    }
    expect(pieceOf(key, allThatWasSeen(await exec(['--verbose', 'nightly', 'true'], env)))).toBeUndefined()
  })

  test('a redirect that repeats the path shows the key to nobody', async () => {
    const key = freshKey()
    const elsewhere = await apiForTest()
    const log = join(tempDir(), 'log')
    const api = await apiForTest({
      respond: ({ target }) => ({ status: 302, headers: { location: elsewhere.url + target }, body: target }),
    })
    const env = reportingTo(api, { CRONITOR_API_KEY: key, CRONITOR_LOG: log })
    const result = await exec(['--verbose', 'nightly', 'true'], env)
    expect(pieceOf(key, allThatWasSeen(result, api, log))).toBeUndefined()
    expect(elsewhere.events()).toEqual([])
  })
})

describe.skipIf(!existsSync('/proc/self/cmdline'))('the process list (skipped without /proc)', () => {
  /** The command line of each process of this moment. */
  function commandLines(): string[] {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        } catch {
          return ''
        }
      })
  }

  test.each(WAYS)('never holds a key from the %s', async way => {
    const key = freshKey()
    const seen: string[] = []
    const api = await apiForTest({
      respond: () => {
        seen.push(...commandLines())
        return { status: 200 }
      },
    })
    const env = { CRONITOR_TELEMETRY_URL: api.url, CRONITOR_DELIVER_WITHIN: '60s', ...given(way, key) }
    const running = startExec(['nightly', `cat /proc/$PPID/cmdline /proc/$$/cmdline; sleep 0.2`], env)
    const watching = { on: true }
    running.exited.finally(() => {
      watching.on = false
    })
    while (watching.on) {
      seen.push(...commandLines())
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const { stdout } = await running.done
    expect(api.events()).toHaveLength(2)
    // What was seen is the wrapper's, so that a key in it would have been seen too.
    const program = isExecutable ? `${paths.bin.cronitor}\0` : 'cronitor-exec.js'
    expect(seen.some(line => line.includes(program) && line.includes('/proc/$PPID'))).toBe(true)
    expect(seen.filter(line => pieceOf(key, line) !== undefined)).toEqual([])
    expect(pieceOf(key, String(stdout))).toBeUndefined()
  })

  test('holds a key of -k where the user has put it, and in no process but the wrapper', async () => {
    const key = freshKey()
    const api = await apiForTest()
    const { stdout } = await exec(['-k', key, 'nightly', 'tr "\\0" "\\n" < /proc/$$/cmdline; env'], {
      CRONITOR_TELEMETRY_URL: api.url,
    })
    expect(api.events()[0]?.apiKey).toBe(key)
    expect(pieceOf(key, String(stdout))).toBeUndefined()
  })
})

describe('a key that the job prints', () => {
  /** What is sent and printed for a job that prints a file. */
  async function messageFor(content: Buffer | string, key: string, more: Record<string, string> = {}) {
    const api = await apiForTest()
    const file = join(tempDir(), 'output')
    writeFileSync(file, content)
    const result = await exec(['nightly', 'cat', file], reportingTo(api, { CRONITOR_API_KEY: key, ...more }))
    // The job's own output is its own.
    expect(result.stdout.equals(Buffer.from(content))).toBe(true)
    expect(String(result.stderr)).toBe('')
    const message = acceptedEvent(api, 'complete')?.params.get('message') ?? ''
    expect(pieceOf(key, message)).toBeUndefined()
    return message
  }

  test('is [redacted] in the message', async () => {
    const key = freshKey()
    expect(await messageFor(`curl https://cronitor.link/p/${key}/x\n${key}${key}\n`, key)).toBe(
      'curl https://cronitor.link/p/[redacted]/x\n[redacted][redacted]',
    )
  })

  test('is found among colours, NULs and redrawn lines', async () => {
    const key = freshKey()
    const half = key.length / 2
    const [front, back] = [key.slice(0, half), key.slice(half)]
    expect(await messageFor(`a \x1b[1m${front}\x1b[31m${back}\x1b[0m b`, key)).toBe('a [redacted] b')
    expect(await messageFor(`a ${front}\0\x07\x7f${back} b`, key)).toBe('a [redacted] b')
    expect(await messageFor(`a ${front}\x1b]0;title\x07${back}\r\n`, key)).toBe('a [redacted]')
    expect(await messageFor(`loading ${key}\rdone ${key}`, key)).toBe('done [redacted]')
  })

  test('is found percent-encoded', async () => {
    const key = 'aB3/+x%9=~q&Z?t#7!'
    expect(await messageFor(`/p/${encodeURIComponent(key)}/job and ${key}`, key)).toBe(
      '/p/[redacted]/job and [redacted]',
    )
  })

  test('is found though another is used', async () => {
    const [used, other] = [freshKey(), freshKey()]
    const file = join(tempDir(), 'key')
    writeFileSync(file, other)
    const third = freshKey()
    const message = await messageFor(`${used} ${other} ${third}`, used, {
      CRONITOR_PING_API_KEY: used,
      CRONITOR_API_KEY: third,
      CRONITOR_API_KEY_FILE: file,
    })
    expect(message).toBe('[redacted] [redacted] [redacted]')
  })

  test('leaves no part of the key where the message is cut', async () => {
    const key = freshKey()
    for (const shift of [0, 1, 7, 8, 16, 24, 31]) {
      const filler = 'x'.repeat(1960 + shift)
      expect(await messageFor(`${'-'.repeat(100)}${key}${filler}`, key)).toMatch(/x{1900}$/)
    }
  })

  test('leaves no part of the key where the window of 64 KiB begins', async () => {
    const key = freshKey()
    const WINDOW = 65_536
    // DEL is no text and ends no sequence: all that the window holds comes near the front of the message.
    for (const at of [0, 4094, 4095, 4096, 4099]) {
      for (const inside of [1, 8, key.length - 8, key.length - 1]) {
        const front = at - inside
        const window = Buffer.alloc(WINDOW, 0x7f)
        const before = front < 0 ? key.slice(0, -front) : 'older output\n'
        window.write(front < 0 ? key.slice(-front) : key, Math.max(front, 0))
        // No key ends with `=`: by the rule a text behind the cut loses what could be the rest of a key.
        window.write('=end', WINDOW - 4)
        expect(await messageFor(Buffer.concat([Buffer.from(before), window]), key)).toMatch(/=end$/)
      }
    }
  })

  test('leaves no part of the key if it is printed in pieces', async () => {
    const key = freshKey()
    const api = await apiForTest()
    const job = `printf %s "\${KEY%${key.slice(10)}}"; sleep 0.1; printf '%s\\n' "\${KEY#${key.slice(0, 10)}}"; exit 1`
    const result = await exec(['nightly', job], reportingTo(api, { CRONITOR_API_KEY: key, KEY: key }))
    expect(String(result.stdout)).toBe(`${key}\n`)
    expect(acceptedEvent(api, 'fail')?.params.get('message')).toBe('[redacted]\nexit status 1')
  })

  test('of fewer than 8 characters is a word like others', async () => {
    const api = await apiForTest()
    await exec(['nightly', 'echo the word is run'], reportingTo(api, { CRONITOR_API_KEY: 'run' }))
    expect(acceptedEvent(api, 'complete')?.params.get('message')).toBe('the word is run')
  })
})

describe('a key in the wrong place', () => {
  test.each([
    ['as the environment', ['--env', 'KEY', 'nightly', 'true']],
    ['as the host', ['-n', 'KEY', 'nightly', 'true']],
    ['as the series', ['--series', 'KEY', 'nightly', 'true']],
    ['as the command', ['nightly', 'KEY']],
    ['in the command line of a shell', ['nightly', 'KEY; false']],
    ['in the path of the command', ['nightly', '/nonexistent/KEY', 'x']],
  ])('%s does not show the key', async (_what, words) => {
    const key = freshKey()
    const api = await apiForTest()
    const log = join(tempDir(), 'log')
    const args = words.map(word => word.replace('KEY', key))
    const result = await exec(['--verbose', '-l', log, ...args], reportingTo(api, { CRONITOR_API_KEY: key }))
    expect(api.events()).toHaveLength(2)
    // The shell of the job says what it likes.
    const own = linesOf(result.stderr).filter(line => line.startsWith('cronitor-exec:'))
    const seen = allThatWasSeen({ stdout: result.stdout, stderr: Buffer.from(own.join('\n')) }, api, log)
    expect(pieceOf(key, seen)).toBeUndefined()
  })

  test('as the monitor key is in the path alone', async () => {
    const key = freshKey()
    const api = await apiForTest()
    const log = join(tempDir(), 'log')
    const env = reportingTo(api, { CRONITOR_API_KEY: key, CRONITOR_LOG: log })
    const wrapped = await exec(['--verbose', key, 'true'], env)
    const ping = await cronitor(['ping', '--verbose', key, '--ok'], env)
    expect(api.events()).toHaveLength(3)
    expect(pieceOf(key, allThatWasSeen(wrapped, api, log))).toBeUndefined()
    expect(pieceOf(key, allThatWasSeen(ping, api, log))).toBeUndefined()
  })

  test.each([
    ['the name of a key file', { CRONITOR_API_KEY_FILE: 'KEY' }, []],
    ['a key file of the command line', {}, ['--api-key-file', 'KEY']],
    ['a key with a blank', { CRONITOR_API_KEY: 'KEY KEY' }, []],
    ['a key with an accent', { CRONITOR_PING_API_KEY: 'KEYé' }, []],
    ['a user name in the address', { CRONITOR_TELEMETRY_URL: 'http://KEY@127.0.0.1:1' }, []],
    ['a query in the address', { CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:1/?key=KEY' }, []],
    ['a wrong duration', { CRONITOR_DELIVER_WITHIN: 'KEY' }, []],
    ['a password of the proxy', { HTTP_PROXY: 'socks5://me:KEY@127.0.0.1:1' }, []],
  ])('as %s is not in the warning', async (_what, variables, flags) => {
    const key = freshKey()
    const api = await apiForTest()
    // If the given address is wrong, the default one is used; this proxy lets nothing out.
    const proxy = await httpProxyForTest({ toPort: 1, refuseWith: 403 })
    const put = (text: string) => text.replaceAll('KEY', key)
    const env = {
      CRONITOR_TELEMETRY_URL: api.url,
      CRONITOR_DELIVER_WITHIN: '300ms',
      HTTPS_PROXY: proxy.url,
      ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, put(value)])),
    }
    const { status, stdout, stderr } = await exec(['--verbose', ...flags.map(put), 'nightly', 'exit 3'], env)
    expect(status).toBe(3)
    expect(linesOf(stderr).length).toBeGreaterThan(0)
    expect(pieceOf(key, allThatWasSeen({ stdout, stderr }, api))).toBeUndefined()
  })

  test.each([
    [['--url', 'https://me:KEY@cronitor.link', 'nightly', 'true']],
    [['--deliver-within', 'KEY', 'nightly', 'true']],
    [['--api-key', 'KEY']],
    [['--api-key', 'KEY', 'nightly']],
    [['--api-key=KEY', '--no-such-option', 'nightly', 'true']],
    [['--apikey=KEY', 'nightly', 'true']],
    [['-kKEY', '--method', 'PUT', 'nightly', 'true']],
  ])('on a wrong command line %j is not in the message', async words => {
    const key = freshKey()
    const args = words.map(word => word.replace('KEY', key))
    for (const argv of [
      [paths.bin.exec, ...args],
      [paths.bin.cronitor, 'ping', ...args],
    ]) {
      const { status, stdout, stderr } = await run(argv)
      expect(status).toBe(argv[1] === 'ping' ? 2 : 125)
      expect(linesOf(stderr)).toHaveLength(1)
      expect(pieceOf(key, String(stdout) + String(stderr))).toBeUndefined()
    }
  })
})

describe('ping', () => {
  test('redacts the key in all that it sends and shows', async () => {
    const key = freshKey()
    const api = await apiForTest()
    const args = [
      'ping',
      'nightly',
      '--fail',
      '--msg',
      `it is ${key}!`,
      '--series',
      key,
      '--env',
      key,
      '-n',
      key,
    ]
    const env = reportingTo(api, { CRONITOR_API_KEY: key })
    const sent = await cronitor([...args, '--verbose'], env)
    const shown = await cronitor([...args, '--dry-run', '--verbose'], env)
    expect(api.events()[0]?.params.get('message')).toBe('it is [redacted]!')
    expect(pieceOf(key, allThatWasSeen(sent, api))).toBeUndefined()
    expect(pieceOf(key, allThatWasSeen(shown, api))).toBeUndefined()
    expect(String(shown.stdout)).toContain('/p/[redacted]/nightly?')
  })

  test('redacts the key on stdin, also if its beginning is cut off', async () => {
    const key = freshKey()
    for (const inside of [1, 8, key.length - 8]) {
      const api = await apiForTest()
      const input = Buffer.concat([
        Buffer.from(key),
        Buffer.alloc(65_536 - inside - 4, 0x7f),
        Buffer.from('=end'),
      ])
      const result = await cronitor(
        ['ping', 'nightly', '--ok', '--msg', '-'],
        reportingTo(api, { CRONITOR_API_KEY: key }),
        {
          input,
        },
      )
      expect(result.status).toBe(0)
      expect(api.events()[0]?.params.get('message')).toMatch(/=end$/)
      expect(pieceOf(key, allThatWasSeen(result, api))).toBeUndefined()
    }
  })
})

test('serve shows no key that wrappers, pings and others send', async () => {
  const key = freshKey()
  const running = start([paths.bin.cronitor, 'serve', '--port', '0', '--strict', '--json'], { env: {} })
  await new Promise(resolve => running.stdout?.once('data', resolve))
  const { listening: url } = JSON.parse(linesOf(running.output().stdout)[0] ?? '{}')
  await exec(['nightly', `echo ${key}`], reportingTo(await checked({ url }), { CRONITOR_API_KEY: key }))
  running.signal('SIGTERM')
  const result = await running.done
  expect(linesOf(result.stdout)).toHaveLength(3)
  expect(pieceOf(key, allThatWasSeen(result))).toBeUndefined()
})
