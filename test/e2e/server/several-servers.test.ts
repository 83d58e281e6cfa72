/** Several servers on one PostgreSQL, from outside. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/notification-receivers.ts'
import { emptySchema, whyNoPostgres } from '../../support/postgres.ts'
import { paths, start } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { namesIn, waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { apiForTest, cronitor, reportingTo } from '../../support/wrapper.ts'

const why = whyNoPostgres()

async function servers(count: number, flags: readonly string[] = [], database?: string): Promise<Served[]> {
  const url = database ?? (await emptySchema())
  const all: Served[] = []
  // One after the other: the first one makes the tables, and gets the duties.
  for (let index = 0; index < count; index += 1) {
    all.push(await serve([...flags], { env: { CRONITOR_DATABASE: url } }))
  }
  return all
}

async function pair(flags: readonly string[] = [], database?: string): Promise<readonly [Served, Served]> {
  const [a, b] = await servers(2, flags, database)
  if (a === undefined || b === undefined) throw new Error('there are not two')
  return [a, b]
}

/** What the server says about runs that have changed. */
async function changedRuns(server: Served, after: number, wait: number) {
  const response = await server.send('GET', `/api/runs?changed_after=${after}&wait=${wait}`)
  return (await response.json()) as { runs: { monitor: string; state: string }[]; next: number }
}

describe.skipIf(why !== undefined)(`what one server has stored is live on another${why ?? ''}`, () => {
  test('for who waits for runs', async () => {
    const [a, b] = await pair()
    await sendEvent(a, 'first', { state: 'ok' })
    const { next } = await changedRuns(b, 0, 0)
    const waiting = changedRuns(b, next, 30)
    await sendEvent(a, 'job', { state: 'run', series: '1' })
    expect((await waiting).runs).toMatchObject([{ monitor: 'job', state: 'running' }])
    const ended = changedRuns(a, (await waiting).next, 30)
    await sendEvent(b, 'job', { state: 'complete', series: '1' })
    expect((await ended).runs).toMatchObject([{ monitor: 'job', state: 'complete' }])
  })

  test('for runs --follow', async () => {
    const [a, b] = await pair()
    const following = start([paths.bin.cronitor, 'runs', '--follow'], {
      env: reportingTo(b),
      timeoutMs: 170_000,
    })
    onTestFinished(() => following.signalGroup('SIGKILL'))
    const output = () => String(following.output().stdout)
    await until('the first line is printed', () => output().includes('\n'))
    await sendEvent(a, 'nightly', { state: 'run', series: '1' })
    await until('the run is shown', () => output().includes('nightly'))
  })

  test('for the page, also if it was made by the other server', async () => {
    const [a, b] = await pair()
    await sendEvent(b, 'here', { state: 'ok' })
    const page = await (await a.send('GET', '/')).text()
    const id = /since=([\w.]+)/.exec(page)?.[1]
    expect(id).toMatch(/^[0-9a-f]+\.\d+$/)
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const stream = await b.send('GET', `/api/stream?since=${id}`, { signal: stop.signal })
    let text = ''
    void (async () => {
      for await (const chunk of stream.body ?? []) text += Buffer.from(chunk).toString()
    })().catch(() => {})
    // The id of another server is none: the whole list comes.
    await until('the list has come', () => text.includes('here'))
    expect(text).toContain('"order"')
    await sendEvent(a, 'far', { state: 'fail' })
    await until('the change has come', () => text.includes('far'))
  })

  test('each event is printed by the server that has received it', async () => {
    const [a, b] = await pair()
    await sendEvent(a, 'of-a', { state: 'ok' })
    await sendEvent(b, 'of-b', { state: 'ok' })
    await changedRuns(a, 0, 1)
    expect((await a.printed(1)).join()).toContain('of-a')
    expect((await b.printed(1)).join()).toContain('of-b')
    expect([a.lines().length, b.lines().length]).toEqual([2, 2])
  })
})

const notified = (hook: WebhookReceiver) =>
  hook.bodies().flatMap(body => (Array.isArray(body.changes) ? body.changes : [body]))

/**
 * Resolves once the database knows that so many changes were told. A server that dies between an answer and that has died while
 * it told: the change is told again.
 */
async function known(database: string, changes: number): Promise<void> {
  const client = new pg.Client(database)
  await client.connect()
  onTestFinished(() => client.end())
  await until('the position is stored', async () => {
    const { rows } = await client.query("SELECT id FROM cursor WHERE name LIKE 'notify%'")
    return Number(rows[0]?.id) > changes
  })
}

describe.skipIf(why !== undefined)('each change is told once', () => {
  test('also when the server that tells ends, and when one is killed', async () => {
    const hook = await startWebhookReceiver()
    const flags = ['--notify-url', `http://127.0.0.1:${hook.port}/`]
    const database = await emptySchema()
    const all = await servers(3, flags, database)
    let sent = 0
    const failOn = async (server: Served | undefined) => {
      sent += 1
      if (server !== undefined) await sendEvent(server, `m${sent}`, { state: 'fail' })
      await until('it is told', () => notified(hook).length >= sent)
    }
    for (const server of [...all, ...all]) await failOn(server)
    all[0]?.running.signal('SIGTERM')
    expect((await all[0]?.running.done)?.status).toBe(0)
    await failOn(all[1])
    await failOn(all[2])
    await known(database, sent)
    // One of the two has the duty now, whichever it is.
    all[1]?.running.signalGroup('SIGKILL')
    await all[1]?.running.done.catch(() => {})
    await failOn(all[2])
    const monitors = notified(hook).map(({ monitor }) => monitor)
    expect(monitors.toSorted()).toEqual([...new Set(monitors)].toSorted())
    expect(monitors).toHaveLength(sent)
  })

  test('a server that was stopped for a while tells nothing again', async () => {
    const hook = await startWebhookReceiver()
    const database = await emptySchema()
    const [a, b] = await pair(['--notify-url', `http://127.0.0.1:${hook.port}/`], database)
    await sendEvent(a, 'first', { state: 'fail' })
    await until('it is told', () => notified(hook).length === 1)
    await known(database, 1)
    a.running.signalGroup('SIGSTOP')
    await sendEvent(b, 'second', { state: 'fail' })
    await until('the other one has taken over', () => notified(hook).length === 2)
    a.running.signalGroup('SIGCONT')
    await sendEvent(a, 'third', { state: 'fail' })
    await until('it is told', () => notified(hook).length >= 3)
    expect(notified(hook).map(({ monitor }) => monitor)).toEqual(['first', 'second', 'third'])
  })

  test('lateness is judged by one, and then by the other one', async () => {
    const hook = await startWebhookReceiver()
    const url = `http://127.0.0.1:${hook.port}/`
    const database = await emptySchema()
    const rules = ['--expect', 'one=every 1s', '--expect', 'two=every 25s']
    const [a] = await pair(['--notify-url', url, ...rules], database)
    await until('one is late', () => notified(hook).length > 0)
    await known(database, 1)
    a.running.signalGroup('SIGKILL')
    await a.running.done.catch(() => {})
    await until('two is late', () => notified(hook).length === 2)
    expect(notified(hook).map(({ monitor, to }) => `${monitor} ${to}`)).toEqual(['one late', 'two late'])
  })
})

/** The duties that /metrics names, and whether the server has them. */
async function dutiesOn(server: Served): Promise<Record<string, boolean>> {
  const text = await (await server.send('GET', '/metrics')).text()
  const samples = [...text.matchAll(/^cronitor_duty_held\{duty="(.*)"\} ([01])$/gm)]
  return Object.fromEntries(samples.map(([, duty, value]) => [duty, value === '1']))
}

test.skipIf(why !== undefined)(
  'the metrics say which server has which duty, and that the other one has taken over',
  async () => {
    const hook = await startWebhookReceiver()
    const url = `http://127.0.0.1:${hook.port}`
    const urls = ['--notify-url', `${url}/one`, '--notify-url', `${url}/two`]
    const [a, b] = await pair([...urls, '--expect', 'job=every 25h'])
    const names = ['lateness', 'notify-url', 'notify-url-2', 'prune']
    expect(Object.keys(await dutiesOn(a)).toSorted()).toEqual(names)
    expect(Object.keys(await dutiesOn(b)).toSorted()).toEqual(names)
    await until('one of them has each duty', async () => {
      const [ofA, ofB] = [await dutiesOn(a), await dutiesOn(b)]
      return names.every(name => ofA[name] !== ofB[name])
    })
    a.running.signalGroup('SIGKILL')
    await a.running.done.catch(() => {})
    await until(
      'the other one has all of them',
      async () => !Object.values(await dutiesOn(b)).includes(false),
    )
  },
)

test.skipIf(why !== undefined)(
  'an event that was refused, and put back while another server forwards, is sent once its server does so',
  async () => {
    const api = await apiForTest({ respond: () => ({ status: 400 }) })
    const keyFile = join(tempDir('keys'), 'key')
    writeFileSync(keyFile, `${KEY}\n`, { mode: 0o600 })
    const database = await emptySchema()
    const dataDir = tempDir('data')
    const start = (folder: string) =>
      serve(['--forward-to', api.url, '--forward-key-file', keyFile, '--data-dir', folder], {
        env: { CRONITOR_DATABASE: database },
      })
    const end = async (server: Served) => {
      server.running.signal('SIGTERM')
      expect((await server.running.done).status).toBe(0)
    }
    const a = await start(dataDir)
    const b = await start(tempDir('other'))
    const spool = join(dataDir, 'forward')
    await sendEvent(a, 'refused', { state: 'ok' })
    await until('it is refused', () => namesIn(spool, 'rejected').length === 1)
    await end(a)
    api.respond = () => ({ status: 200 })
    // An event that the other one sends on: it then has the duty, and knows that all before has left the spools.
    await sendEvent(b, 'first', { state: 'ok' })
    await until('it is sent on', () => api.events('first').length > 0)
    const retry = ['spool', 'retry', '--spool-dir', spool]
    const put = await cronitor(retry, { CRONITOR_API_KEY: KEY })
    expect(String(put.stdout)).toMatch(/^1 event was put back\./)
    const again = await start(dataDir)
    await sendEvent(again, 'second', { state: 'ok' })
    await until('it is sent on', () => api.events('second').length > 0)
    await end(b)
    await until('it is sent as well', () => api.events('refused').some(({ answered }) => answered === 200))
    await until('none waits', () => waitingIn(spool) === 0)
  },
)

test.skipIf(why !== undefined)(
  'a login on one server is valid on the other, and so is a logout',
  async () => {
    const file = join(tempDir('keys'), 'keys')
    writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
    const [a, b] = await pair(['--api-key-file', file])
    const post = (server: Served, path: string, cookie = '', form: Record<string, string> = {}) =>
      server.send('POST', path, {
        body: new URLSearchParams(form),
        headers: { cookie, origin: server.url },
        redirect: 'manual',
      })
    const shown = async (server: Served, cookie: string) =>
      (await server.send('GET', '/', { headers: { cookie, accept: 'text/html' }, redirect: 'manual' })).status
    const login = await post(a, '/login', '', { key: KEY })
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect([await shown(a, cookie), await shown(b, cookie)]).toEqual([200, 200])
    await post(b, '/logout', cookie)
    expect(await shown(b, cookie)).not.toBe(200)
    await until('the other one knows', async () => (await shown(a, cookie)) !== 200)
  },
)

const noFaketime = spawnSync('faketime', ['-f', '+1h', 'true']).status === 0 ? undefined : 'no faketime(1)'

test.skipIf((why ?? noFaketime) !== undefined)(
  'a server whose clock is an hour fast stores the right times, and nothing is late for that',
  async () => {
    const hook = await startWebhookReceiver()
    const database = await emptySchema()
    const flags = [
      '--notify-url',
      `http://127.0.0.1:${hook.port}/`,
      '--expect',
      'job=every 30m',
      '--expect',
      'short=every 1s',
    ]
    const program = ['faketime', '-f', '+1h', paths.node, join(paths.project, 'bin/cronitor.js')]
    // The first one has the duties.
    const wrong = await serve(flags, { program, env: { CRONITOR_DATABASE: database } })
    const right = await serve(flags, { env: { CRONITOR_DATABASE: database } })
    const before = Date.now()
    await sendEvent(right, 'job', { state: 'ok' })
    await sendEvent(wrong, 'job', { state: 'ok' })
    await until('short is late', () => notified(hook).length > 0)
    const { events } = (await (await right.send('GET', '/api/events?after=0')).json()) as {
      readonly events: readonly { readonly time: string }[]
    }
    const times = [...events.map(({ time }) => time), String(notified(hook)[0]?.at)].map(text =>
      Date.parse(text),
    )
    for (const time of times) {
      expect(time).toBeGreaterThan(before - 60_000)
      expect(time).toBeLessThan(before + 1_800_000)
    }
    expect(notified(hook).map(({ monitor, to }) => `${monitor} ${to}`)).toEqual(['short late'])
  },
)

test('limits cannot be shared without a database', async () => {
  const { status, stderr } = await cronitor(['serve', '--shared-limits'])
  expect(status).toBe(2)
  expect(String(stderr)).toContain('--shared-limits needs --database')
})
