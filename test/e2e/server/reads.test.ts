/** Events while a server with many monitors is read. */

import { Agent, get } from 'node:http'
import { expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'

/** Within the default of --max-monitors. */
const MONITORS = 9_000

/** Sends events over kept connections; resolves when the answer was read. */
function createSender({ port }: Served): (monitor: number) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return monitor =>
    new Promise((resolve, reject) => {
      const path = `/p/${KEY}/job-${monitor}?state=ok&env=production`
      get({ host: '127.0.0.1', port, path, agent }, answer => {
        answer.resume().on('end', resolve)
        if (answer.statusCode !== 200) reject(new Error(`the event was answered ${answer.statusCode}`))
      }).on('error', reject)
    })
}

test('no event waits for a read of all monitors, and the read is whole', async () => {
  const server = await serve(['--quiet', '--data-dir', tempDir('data')])
  const send = createSender(server)
  await Promise.all(Array.from({ length: MONITORS }, (_, monitor) => send(monitor)))

  // An event that waits for the read takes about as long, each time; one that the host holds up does so now and then.
  let share = 1
  for (let round = 0; round < 5 && share >= 0.8; round += 1) {
    const begun = performance.now()
    let readMs: number | undefined
    const reading = server.send('GET', '/metrics').then(answer => {
      readMs = performance.now() - begun
      return answer
    })
    let longestMs = 0
    for (let count = 0; readMs === undefined; count += 1) {
      const before = performance.now()
      await send(count)
      longestMs = Math.max(longestMs, performance.now() - before)
    }
    const text = await (await reading).text()
    const failing = /^cronitor_monitor_failing\{monitor="(job-\d+)",env="production"\} 0$/gm
    expect(new Set([...text.matchAll(failing)].map(([, key]) => key)).size).toBe(MONITORS)
    share = longestMs / readMs
  }
  expect(share).toBeLessThan(0.8)
})

test('the list of all monitors is whole, although it is sent in parts', async () => {
  const server = await serve(['--quiet', '--data-dir', tempDir('data')])
  const send = createSender(server)
  await Promise.all(Array.from({ length: 2_000 }, (_, monitor) => send(monitor)))
  const response = await server.send('GET', '/api/monitors?recent=1')
  expect(response.headers.has('content-length')).toBe(false)
  const { monitors } = (await response.json()) as { monitors: { monitor: string }[] }
  const keys = monitors.map(({ monitor }) => monitor)
  expect(keys).toEqual(Array.from({ length: 2_000 }, (_, monitor) => `job-${monitor}`).sort())
})
