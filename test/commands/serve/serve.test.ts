import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { serve } from '../../../src/commands/serve/serve.ts'
import type { ServeOptions } from '../../../src/commands/serve/serve-options.ts'
import type { ServeProcess } from '../../../src/commands/serve/serve-process.ts'
import { openStoreInThread } from '../../../src/server/store/open-store.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { NotWritableError } from '../../../src/server/store/store-error.ts'
import { tempDir } from '../../support/temp.ts'

interface Session {
  /** All that was printed so far. */
  readonly out: () => string
  readonly err: () => string
  /** Resolves once stdout holds the text; rejects if the server ends without it. */
  readonly printed: (text: string | RegExp) => Promise<RegExpMatchArray>
  readonly stop: () => void
  readonly status: Promise<number>
}

function session(
  options: ServeOptions,
  io: Partial<ServeProcess> = {},
  beforeOpen: () => void = () => {},
  withStore: (store: Store) => Store = store => store,
): Session {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  let out = ''
  let err = ''
  stdout.on('data', chunk => {
    out += chunk
  })
  stderr.on('data', chunk => {
    err += chunk
  })
  let stop = () => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const status = serve(
    { port: 0, dataDir: tempDir('data'), ...options },
    {
      stdout,
      stderr,
      isTerminal: false,
      stop: () => stopped,
      onReload: () => {},
      env: {},
      euid: process.geteuid?.() ?? 0,
      ...io,
    },
    async () => {
      beforeOpen()
      // The built program has the database in a thread of its own.
      return withStore(await openStoreInThread(':memory:'))
    },
  )
  return {
    out: () => out,
    // It says so if the database takes ten seconds to open, as on a busy machine.
    err: () => err.replace(/^.*the database is not open yet.*\n/m, ''),
    stop,
    status,
    printed: text =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = out.match(text)
          if (match !== null) resolve(match)
          else stdout.once('data', () => setImmediate(look))
        }
        look()
        // Without this a server that cannot start is a time-out, which hides what it said.
        void status.then(code => reject(new Error(`it ended with status ${code}: ${err}`)), reject)
      }),
  }
}

async function address(running: Session): Promise<string> {
  const [url] = await running.printed(/http:\/\/127\.0\.0\.1:\d+/)
  return url
}

test('the address is printed first, then one line for each event, and never an API key', async () => {
  const running = session({})
  const url = await address(running)
  expect(
    (await fetch(`${url}/p/a-long-secret/nightly?state=fail&status_code=3&message=a-long-secret`)).status,
  ).toBe(200)
  await running.printed('status 3')
  running.stop()
  expect(await running.status).toBe(0)
  expect(running.out()).toMatch(
    /^Listening on http:\S+\n\d\d:\d\d:\d\d {2}nightly {2}fail {6}status 3 {2}\[redacted\]\n$/,
  )
  expect(running.err()).toBe('')
})

test('with json every line is JSON, including the first', async () => {
  const running = session({ json: true })
  const url = await address(running)
  await fetch(`${url}/nightly?state=run&series=1`)
  await running.printed('nightly')
  running.stop()
  expect(await running.status).toBe(0)
  const [first, second] = running.out().trim().split('\n')
  expect(JSON.parse(first ?? '')).toEqual({ listening: url })
  expect(JSON.parse(second ?? '')).toMatchObject({ monitor: 'nightly', state: 'run', series: '1' })
})

test('the rate limits apply unless they are switched off', async () => {
  for (const limits of [true, false]) {
    const running = session({ limits })
    const url = await address(running)
    // Ten at once are taken, and five more in each second that a slow machine may need for the others.
    const all = await Promise.all(Array.from({ length: 60 }, () => fetch(`${url}/nightly?state=run`)))
    expect(all.some(({ status }) => status === 429)).toBe(limits)
    running.stop()
    await running.status
  }
})

test('a store that is lost again while the services start does not end the server', async () => {
  let tellWritable = (_problem: string | undefined) => {}
  const full = new NotWritableError('the disk is full')
  const running = session({}, {}, undefined, store => ({
    ...store,
    check: () => Promise.reject(full),
    expect: () => Promise.reject(full),
    onWriteProblem: listener => {
      tellWritable = listener
      return () => {}
    },
  }))
  const url = await address(running)
  tellWritable(undefined)
  await vi.waitFor(() => expect(running.err()).toContain('tried again'), { timeout: 60_000 })
  expect((await fetch(`${url}/api/runs`)).status).toBe(200)
  running.stop()
  expect(await running.status).toBe(0)
  expect(running.err().split('\n').slice(1)).toEqual([
    'cronitor: events can be stored again',
    'cronitor: cannot store the expectations: the disk is full; it is tried again until it succeeds',
    '',
  ])
})

test('a port that is in use is one line on stderr and status 1', async () => {
  const first = session({})
  const port = Number((await address(first)).replace(/.*:/, ''))
  const second = session({ port })
  expect(await second.status).toBe(1)
  expect(second.out()).toBe('')
  expect(second.err()).toMatch(new RegExp(`^cronitor: cannot listen on 127.0.0.1:${port}: .*\\n$`))
  first.stop()
  await first.status
})

test.each([
  ['EPIPE', 0, ''],
  ['ENOSPC', 1, 'cronitor: cannot write to standard output: no space\n'],
])('when stdout fails with %s it ends with status %i', async (code, status, words) => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code })),
  })
  const running = session({}, { stdout })
  expect(await running.status).toBe(status)
  expect(running.err()).toBe(words)
})

describe('SIGHUP', () => {
  test('before the server listens is remembered, and the files are read again once it does', async () => {
    const file = join(tempDir('keys'), 'keys')
    writeFileSync(file, 'first-key\n', { mode: 0o600 })
    let hangUp = () => {}
    const onReload = (listener: () => void) => {
      hangUp = listener
    }
    const running = session({ apiKeyFile: file }, { onReload }, () => {
      writeFileSync(file, 'second-key\n')
      hangUp()
    })
    const url = await address(running)
    expect((await fetch(`${url}/p/second-key/nightly?state=ok`)).status).toBe(200)
    expect((await fetch(`${url}/p/first-key/nightly?state=ok`)).status).toBe(403)
    running.stop()
    expect(await running.status).toBe(0)
  })

  const expectFile = join(tempDir('expect'), 'expect')
  writeFileSync(expectFile, '')
  test.each([
    ['nothing to read again', {}, false],
    ['a port for mail, but no file', { smtpPort: 0 }, false],
    ['a file of expectations', { expectFile }, true],
  ])('with %s: handled by the server: %j', async (_, options, isHandled) => {
    let isListening = false
    const onReload = () => {
      isListening = true
    }
    const running = session(options, { onReload })
    await running.printed('Listening')
    running.stop()
    await running.status
    expect(isListening).toBe(isHandled)
  })
})
