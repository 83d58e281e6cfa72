/** `cronitor serve`: a monitor has a state in each environment, which the page, the API, metrics and notifications show. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readExposition } from '../../server/api/prometheus-grammar.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/notification-receivers.ts'
import { paths, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

interface Server {
  /** SIGHUP. */
  readonly reload: () => void
  readonly send: (target: string) => Promise<void>
  readonly json: (path: string) => Promise<unknown>
  /** The rows of the page as text, each in one line. */
  readonly rows: (path: string) => Promise<string[]>
  /** The samples of a metric: its labels but `monitor`, and its value. */
  readonly metric: (name: string, monitor: string) => Promise<unknown[]>
}

async function serve(webhook: WebhookReceiver, ...flags: string[]): Promise<Server> {
  const notify = ['--notify-url', `http://127.0.0.1:${webhook.port}/`]
  const argv = [
    paths.bin.cronitor,
    'serve',
    '--port',
    '0',
    '--no-limits',
    '--data-dir',
    tempDir('data'),
    ...notify,
    ...flags,
  ]
  const running = start(argv, { timeoutMs: 170_000 })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
  const text = async (path: string) => (await fetch(`${url}${path}`)).text()
  return {
    reload: () => running.signal('SIGHUP'),
    send: async target => expect((await fetch(`${url}/p/some-key/${target}`)).status).toBe(200),
    json: async path => JSON.parse(await text(path)),
    rows: async path =>
      [...(await text(path)).matchAll(/<tr data-id.*?<\/tr>/gs)].map(([row]) =>
        row
          .replace(/<svg.*?<\/svg>|<span class="narrow">.*?<\/span>/gs, '')
          .replace(/<[^>]*>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
    metric: async (name, monitor) =>
      (readExposition(await text('/metrics')).get(name)?.samples ?? [])
        .filter(({ labels }) => labels.monitor === monitor)
        .map(({ labels: { monitor: _monitor, ...labels }, value }) => ({ ...labels, value })),
  }
}

const changesIn = (webhook: WebhookReceiver) =>
  webhook.bodies().map(({ monitor, env, from, to }) => `${monitor} ${env}: ${from} → ${to}`)

test('a success in staging does not end the failure in production', async () => {
  const webhook = await startWebhookReceiver()
  const server = await serve(webhook)
  await server.send('job?state=complete&env=production')
  await server.send('job?state=fail&env=production')
  await server.send('job?state=complete&env=staging')

  expect(await server.json('/api/monitors/job')).toMatchObject({
    state: 'failing',
    health: 'failing',
    environments: [
      { env: 'production', state: 'failing', failing: true },
      { env: 'staging', state: 'healthy', failing: false },
    ],
    recent: [{ env: 'production' }, { env: 'production' }, { env: 'staging' }],
  })
  expect(await server.json('/api/monitors?env=staging')).toMatchObject({
    monitors: [{ monitor: 'job', health: 'healthy', failing: false }],
  })
  expect(await server.rows('/')).toEqual([
    expect.stringMatching(/^Failing job production is failing staging (just now|\d+ \w+ ago) /),
  ])
  expect(await server.rows('/?env=production')).toEqual([
    expect.stringMatching(/^Failing job production (just|\d)/),
  ])
  expect(await server.rows('/?env=staging')).toEqual([
    expect.stringMatching(/^Healthy job staging (just now|\d+ \w+ ago) /),
  ])
  expect(await server.rows('/?env=')).toEqual([])
  expect(await server.metric('cronitor_monitor_failing', 'job')).toEqual([
    { env: 'production', value: 1 },
    { env: 'staging', value: 0 },
  ])
  expect(await server.metric('cronitor_runs_total', 'job')).toEqual([
    { env: 'production', state: 'complete', value: 1 },
    { env: 'production', state: 'failed', value: 1 },
    { env: 'staging', state: 'complete', value: 1 },
    { env: 'staging', state: 'failed', value: 0 },
  ])

  // What comes last shows that nothing more came before it.
  await server.send('marker?state=fail')
  await until('both are sent', () => webhook.bodies().length >= 2)
  expect(changesIn(webhook)).toEqual(['job production: healthy → failing', 'marker null: unknown → failing'])
})

test('a failing job that is also late is shown and exported as both, and reported once', async () => {
  const webhook = await startWebhookReceiver()
  const rules = join(tempDir('expect'), 'rules')
  writeFileSync(rules, 'job=every 1h\n')
  const server = await serve(webhook, '--expect-file', rules)
  await server.send('job?state=complete&env=production')
  await server.send('job?state=fail&env=production')
  // It cannot have been late before it failed.
  writeFileSync(rules, 'job=every 1s\n')
  server.reload()
  const late = () => server.metric('cronitor_monitor_late', 'job')
  await until('it is late', async () => JSON.stringify(await late()).includes('"value":1'))

  expect(await late()).toEqual([{ env: 'production', value: 1 }])
  expect(await server.metric('cronitor_monitor_failing', 'job')).toEqual([{ env: 'production', value: 1 }])
  expect(await server.json('/api/monitors/job')).toMatchObject({
    state: 'failing',
    failing: true,
    late: true,
  })
  for (const path of ['/', '/?env=production', '/?state=late', '/?state=failing']) {
    expect(await server.rows(path), path).toEqual([expect.stringMatching(/^Failing Late job production /)])
  }

  await server.send('marker?state=fail')
  await until('both are sent', () => webhook.bodies().length >= 2)
  expect(changesIn(webhook)).toEqual(['job production: healthy → failing', 'marker null: unknown → failing'])
})
