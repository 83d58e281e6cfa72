import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RelayStore } from '../../../src/server/relay/copy-stored.ts'
import { openRelay } from '../../../src/server/relay/open-relay.ts'
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts'
import { namesIn, waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { fakeStore } from './fake-relay-store.ts'

const KEY = 'forward-key-0123456789'

interface Given {
  readonly store: RelayStore
  readonly api: { readonly url: string }
  readonly others?: readonly string[]
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
  readonly key?: string
}

async function open({ store, api, others = [], dataDir = tempDir('data'), env = {}, key = KEY }: Given) {
  const keyFile = join(tempDir('key'), 'key')
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
  const lines: string[] = []
  const opened = await openRelay(
    { forwardTo: [api.url, ...others], forwardKeyFile: keyFile },
    { store, dataDir, env, notify: line => lines.push(line) },
  )
  if (opened.kind === 'open') onTestFinished(() => opened.relay.close(0))
  return { opened, lines, dataDir, spool: join(dataDir, 'forward') }
}

async function openedRelay(given: Given) {
  const { opened, ...more } = await open(given)
  if (opened.kind !== 'open') throw new Error(opened.kind === 'failed' ? opened.problem : 'there is no relay')
  return { ...more, close: opened.relay.close }
}

async function apiForTest(respond?: FakeApi['respond']): Promise<FakeApi> {
  const api = await startFakeApi(respond && { respond })
  onTestFinished(() => api.close())
  return api
}

const now = () => ({ receivedAt: Date.now() })

/** However long it takes until it is sent, it is not late. */
const soon = () => ({ receivedAt: Date.now() + 60_000 })

test('stored events arrive unchanged, with the key of the other API, and without notices', async () => {
  const api = await apiForTest()
  const store = fakeStore()
  const { lines, spool } = await openedRelay({ store, api })
  store.add({
    ...soon(),
    monitorKey: 'a/b',
    state: 'fail',
    series: 's1',
    host: 'db1',
    env: 'prod',
    statusCode: 3,
    metrics: [
      { name: 'duration', value: 1.5 },
      { name: 'rows', value: 7 },
    ],
    message: 'no\nspace',
    stamp: 1_780_000_000.25,
  })
  store.add({ ...soon(), monitorKey: 'bare', state: 'ok' })
  await api.waitFor(events => events.length === 2)
  const [first] = api.events('a/b')
  expect(first).toMatchObject({ method: 'GET', apiKey: KEY })
  expect([...(first?.params ?? [])].sort()).toEqual([
    ['env', 'prod'],
    ['host', 'db1'],
    ['message', 'no\nspace'],
    ['metric', 'duration:1.500'],
    ['metric', 'rows:7'],
    ['series', 's1'],
    ['stamp', '1780000000.25'],
    ['state', 'fail'],
    ['status_code', '3'],
  ])
  expect([...(api.events('bare')[0]?.params ?? [])]).toEqual([['state', 'ok']])
  await until('the spool is empty', () => waitingIn(spool) === 0)
  expect(lines).toEqual([])
})

test('the events of a series arrive in order while each is tried again', async () => {
  const seen = new Map<string, number>()
  const api = await apiForTest(({ monitorKey, params }) => {
    // Not by all of the target: after five seconds it also says how late it is.
    const name = `${monitorKey} ${params.get('state')}`
    const tries = (seen.get(name) ?? 0) + 1
    seen.set(name, tries)
    return { status: tries === 1 ? 503 : 200, headers: { 'retry-after': '0' } }
  })
  const store = fakeStore()
  await openedRelay({ store, api })
  for (const series of ['a', 'b', 'c']) {
    for (const state of ['run', 'complete', 'ok'] as const)
      store.add({ ...now(), monitorKey: series, series, state })
  }
  const arrived = () => api.events().filter(({ answered }) => answered === 200)
  await until('all have arrived', () => arrived().length === 9)
  for (const series of ['a', 'b', 'c']) {
    const states = arrived().filter(({ monitorKey }) => monitorKey === series)
    expect(states.map(({ state }) => state)).toEqual(['run', 'complete', 'ok'])
  }
})

test('no event is sent before the store has noted that it was copied', async () => {
  const api = await apiForTest()
  const store = fakeStore()
  let note = () => {}
  const noted = new Promise<void>(resolve => {
    note = resolve
  })
  const slow: RelayStore = {
    ...store,
    async setCursor(name, id) {
      if (name === 'forward' && id > 0) await noted
      await store.setCursor(name, id)
    },
  }
  const { spool } = await openedRelay({ store: slow, api })
  store.add(now())
  await until('it is in the spool', () => waitingIn(spool) === 1)
  // Time enough for a request, were one made.
  for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve))
  expect(api.events()).toEqual([])
  note()
  await api.waitFor(events => events.length === 1)
})

test('refused events are kept, noticed once, and do not delay others', async () => {
  const api = await apiForTest(({ monitorKey }) => ({ status: monitorKey === 'gone' ? 404 : 200 }))
  const store = fakeStore()
  const { lines, spool } = await openedRelay({ store, api })
  store.add({ ...now(), monitorKey: 'gone', series: '1' })
  store.add({ ...now(), monitorKey: 'gone', series: '2' })
  store.add({ ...now(), monitorKey: 'there' })
  await until('two are kept', () => namesIn(spool, 'rejected').length === 2)
  await api.waitFor(events => events.some(({ monitorKey }) => monitorKey === 'there'))
  expect(lines).toEqual([expect.stringContaining(`--rejected --spool-dir ${spool}`)])
  expect(lines.join()).toContain('404')
})

test('closing waits for the requests under way, and the rest is sent after the next start', async () => {
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  const api = await apiForTest(async () => {
    await held
    return { status: 200 }
  })
  const store = fakeStore()
  const { close, dataDir, spool } = await openedRelay({ store, api })
  store.add({ ...now(), series: 's', state: 'run' })
  await api.waitFor(events => events.length === 1)
  store.add({ ...now(), series: 's', state: 'complete' })
  await until('both are in the spool', () => waitingIn(spool) === 2)
  const closed = close(30_000)
  letGo()
  await closed
  expect(waitingIn(spool)).toBe(1)
  expect(api.events()).toHaveLength(1)

  await openedRelay({ store, api, dataDir })
  await api.waitFor(events => events.length === 2)
  expect(api.events().map(({ state }) => state)).toEqual(['run', 'complete'])
})

test('an event that is not answered within the grace time is sent after the next start', async () => {
  const api = await apiForTest(() => 'hang')
  const store = fakeStore()
  const { close, dataDir } = await openedRelay({ store, api })
  store.add(now())
  await api.waitFor(events => events.length === 1)
  await close(0)
  api.respond = () => ({ status: 200 })
  await openedRelay({ store, api, dataDir })
  await api.waitFor(events => events.some(({ answered }) => answered === 200))
})

test('on a store with events from before, one line says that forwarding starts with the next event', async () => {
  const api = await apiForTest()
  const store = fakeStore()
  store.add({ ...now(), monitorKey: 'old' })
  const { lines } = await openedRelay({ store, api })
  store.add({ ...now(), monitorKey: 'new' })
  await api.waitFor(events => events.length === 1)
  expect(api.events().map(({ monitorKey }) => monitorKey)).toEqual(['new'])
  expect(lines).toEqual([expect.stringContaining('starts with the next event')])
})

test('after a change of the key a notice says that events wait for the other one', async () => {
  const api = await apiForTest(() => ({ status: 500 }))
  const store = fakeStore()
  const first = await openedRelay({ store, api })
  store.add(now())
  await until('it is in the spool', () => waitingIn(first.spool) === 1)
  await first.close(0)
  const { lines } = await openedRelay({ store, api, dataDir: first.dataDir, key: 'another-key-0123456789' })
  expect(lines).toEqual([expect.stringMatching(/^1 of the events in .* wait for another key/)])
})

describe('the relay does not start', () => {
  test.each([
    ['no such file', undefined, 'does not exist'],
    ['an empty file', '', 'empty'],
    ['a key with white space', 'two words', 'printable ASCII'],
  ])('with %s for the key, and names the file', async (_what, content, words) => {
    const keyFile = join(tempDir('key'), 'key')
    if (content !== undefined) writeFileSync(keyFile, content)
    const options = { forwardTo: ['http://127.0.0.1:1'], forwardKeyFile: keyFile }
    const context = { store: fakeStore(), dataDir: tempDir('data'), env: {}, notify: () => {} }
    const opened = await openRelay(options, context)
    expect(opened).toMatchObject({ kind: 'failed', problem: expect.stringContaining(words) })
    expect(opened).toMatchObject({ problem: expect.stringContaining(keyFile) })
    if (content) expect(JSON.stringify(opened)).not.toContain(content)
  })

  test('if others can write to the spool', async () => {
    const dataDir = tempDir('data')
    mkdirSync(join(dataDir, 'forward'))
    chmodSync(join(dataDir, 'forward'), 0o777)
    const { opened } = await open({ store: fakeStore(), api: { url: 'http://127.0.0.1:1' }, dataDir })
    expect(opened).toMatchObject({ kind: 'failed', problem: expect.stringContaining('writable') })
  })
})

test('without --forward-to nothing is opened', async () => {
  const dataDir = tempDir('data')
  const opened = await openRelay({}, { store: fakeStore(), dataDir, env: {}, notify: () => {} })
  expect(opened.kind).toBe('off')
  expect(namesIn(dataDir, '.')).toEqual([])
})
