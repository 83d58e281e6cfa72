import { get } from 'node:http'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createClientOf } from '../../../src/server/http/client.ts'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'
import type { RouteContext } from '../../../src/server/http/route-context.ts'
import { pageRoutes } from '../../../src/server/page/page-routes.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { until } from '../../support/until.ts'
import { serveRoutes } from '../serve-routes.ts'
import { event, NOW, recordAll, testStore } from '../store/support.ts'
import { aMonitorIn, anEnvironment } from './support.ts'

async function server({ keys }: Partial<Pick<RouteContext, 'keys'>> = {}) {
  const store = await testStore()
  const closing = new AbortController()
  onTestFinished(() => closing.abort())
  const routes = pageRoutes(
    {
      store,
      wallClock: () => NOW,
      version: '1.2.3',
      keys,
      clientOf: createClientOf(),
      clock: () => 0,
      refusals: createRefusalCounter(),
      ignoredCounter: createIgnoredCounter(
        () => {},
        () => 0,
      ),
      isLatenessPaused: () => false,
      dutyStates: () => [],
      inTurn: createTurns(),
      closing: closing.signal,
    },
    () => true,
    { script: Buffer.from('script()'), style: Buffer.from('style {}') },
  )
  return { app: await serveRoutes(routes), store, closing }
}

test('without monitors the page shows what to try', async () => {
  const { app } = await server()
  const { statusCode, body } = await app.inject({ url: '/', headers: { host: '127.0.0.1:8427' } })
  expect(statusCode).toBe(200)
  expect(body).toContain('export CRONITOR_TELEMETRY_URL=http://127.0.0.1:8427 CRONITOR_API_KEY=any-key')
  expect(body).toContain('cronitor-exec nightly-backup ')
})

test('the page loads nothing from elsewhere and nothing inline, and its links exist', async () => {
  const { app, store } = await server()
  await recordAll(store, [event('run', 1, { series: 's' }), event('fail', 2, { series: 's' })])
  for (const path of ['/', '/monitors/job']) {
    const { body, headers } = await app.inject(path)
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(body).not.toMatch(/\sstyle=|<style|\son\w+=|(href|src|action)="(https?:)?\/\//)
    const scripts = [...body.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)]
    expect(scripts).toHaveLength(1)
    expect(scripts[0]?.[2]).toBe('')
    const linked = [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset = '']) => asset)
    expect(linked).toHaveLength(2)
    for (const asset of linked) {
      const answer = await app.inject(asset)
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['cache-control']).toContain('immutable')
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    }
  }
})

test('the link of any monitor leads to its page', async () => {
  const { app, store } = await server()
  const key = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(text => !/[\s\p{Cc}]/u.test(text) && text !== '.' && text !== '..')
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(key, fc.constantFrom('a/b', '%', '%2F', 'a%zz', '?q#h', '__proto__', '<b>')),
      async name => {
        await store.record(event('ok', 0, { monitorKey: name }))
        const { body } = await app.inject(`/?${new URLSearchParams({ q: name })}`)
        const path = `/monitors/${encodeURIComponent(name)}`
        expect(body).toContain(`href="${path.replaceAll("'", '&#39;')}"`)
        const page = await app.inject(path)
        expect(page.statusCode).toBe(200)
      },
    ),
    { numRuns: 40 },
  )
})

test.each(['/monitors/unknown', '/monitors/', '/monitors/a/b', '/monitors/%ff'])(
  '%s is no monitor',
  async path => {
    const { app } = await server()
    const { statusCode, body } = await app.inject(path)
    expect(statusCode).toBe(404)
    expect(body).not.toContain('data-stream')
  },
)

test('the page of a monitor is about any environment that the monitor has, and else about all', async () => {
  const { app, store } = await server()
  const envs = ['', '*', 'production', 'a&b=c%', '<b>']
  await recordAll(store, [
    ...envs.map((env, index) => event('complete', index, { series: `of-${index}-`, ...(env && { env }) })),
    event('fail', 9, { monitorKey: 'other', env: 'other' }),
  ])
  const all = (await app.inject('/monitors/job')).body
  for (const [index, env] of envs.entries()) {
    const path = `/monitors/job?${new URLSearchParams({ env })}`
    expect(all).toContain(`href="${path.replaceAll('&', '&amp;')}"`)
    const { body } = await app.inject(path)
    expect([...body.matchAll(/<code>of-(\d+)-/g)].map(([, run]) => Number(run))).toEqual([index])
    const stream = new URL(
      /data-stream="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '',
      'http://h',
    )
    expect(stream.searchParams.get('env')).toBe(env)
  }
  expect((await app.inject('/monitors/job?env=other')).body).toContain('<h1><bdi>job</bdi></h1>')
})

test('the table has fifty runs a page, and a link to the older ones', async () => {
  const { app, store } = await server()
  for (let run = 0; run < 120; run += 1) await store.record(event('complete', run, { series: `s-${run}-` }))
  const shown = (body: string) => [...body.matchAll(/<code>s-(\d+)-/g)].map(([, run]) => Number(run))
  const first = await app.inject('/monitors/job')
  expect(shown(first.body)).toEqual(Array.from({ length: 50 }, (_, index) => 119 - index))
  const older = /href="(\/monitors\/job\?before=\d+)"/.exec(first.body)?.[1] ?? ''
  const second = await app.inject(older)
  expect(shown(second.body)).toEqual(Array.from({ length: 50 }, (_, index) => 69 - index))
  expect(second.body).not.toContain('data-stream')
})

test('any query is answered with a page', async () => {
  const { app, store } = await server()
  await store.record(event('ok', 0))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('q', 'state', 'env', 'page', 'before', 'x', '__proto__'),
      fc.string({ unit: 'binary' }),
      async (name, value) => {
        const query = new URLSearchParams({ [name]: value })
        for (const path of ['/', '/monitors/job']) {
          expect((await app.inject(`${path}?${query}`)).statusCode).toBe(200)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('with keys there is a button to log out; without keys there is none', async () => {
  const logOut = '<form method="post" action="/logout">'
  expect((await (await server()).app.inject('/')).body).not.toContain(logOut)
  const { app } = await server({ keys: { isKnown: () => true, isProvedBy: () => false } })
  expect((await app.inject('/')).body).toContain(logOut)
})

test('the page of an environment whose events were removed stays as it is', async () => {
  const { app, store } = await server()
  const listen = async (path: string) => {
    const stream = /data-stream="([^"]+)"/.exec((await app.inject(path)).body)?.[1]?.replaceAll('&amp;', '&')
    const received = { text: '' }
    get({ port: app.port, host: '127.0.0.1', path: stream }, response => {
      response.setEncoding('utf8').on('data', chunk => (received.text += chunk))
    })
    await until('the stream has begun', () => received.text.startsWith('retry: '))
    return received
  }
  await recordAll(store, [event('complete', 1, { env: 'staging' }), event('ok', 1, { env: 'production' })])
  const [ofStaging, ofAll] = [await listen('/monitors/job?env=staging'), await listen('/monitors/job')]
  vi.spyOn(store, 'monitors').mockResolvedValue([
    aMonitorIn('job', [anEnvironment('production', { isFailing: true })]),
  ])
  await store.record(event('fail', 2, { env: 'production' }))
  await until('the failure has come', () => ofAll.text.includes('failing'))
  expect(ofStaging.text).not.toContain('failing')
})

test('the stream sends what is recorded, and ends with the server', async () => {
  const { app, store, closing } = await server()
  const { port } = app
  const { body } = await app.inject('/')
  const path = /data-stream="([^"]+)"/.exec(body)?.[1] ?? ''
  let text = ''
  let isOver = false
  get({ port, host: '127.0.0.1', path }, response => {
    expect(response.headers['content-type']).toBe('text/event-stream')
    response.setEncoding('utf8')
    response.on('data', chunk => (text += chunk)).on('end', () => (isOver = true))
  })
  await until('the stream has begun', () => text.startsWith('retry: '))
  await store.record(event('fail', 1, { monitorKey: '<new>', series: 's', message: 'x' }))
  await until('the row has come', () => text.includes('&lt;new&gt;'))
  // In the sentence to be said it stands as text, and is put into the page as such.
  expect(text.replace('"say":"<new> is failing."', '')).not.toContain('<new>')
  closing.abort()
  await until('the stream has ended', () => isOver)
})
