/** `--shared-limits`: two servers on one PostgreSQL, and the limit of a monitor. */

import { describe, expect, test } from 'vitest'
import { emptySchema, whyNoPostgres } from '../../support/postgres.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { until } from '../../support/until.ts'

const why = whyNoPostgres()

/** What a server takes at once of a monitor that it has not seen for a while (telemetry-api.yml). */
const BURST = 10

async function pair(flags: readonly string[]): Promise<readonly [Served, Served]> {
  const database = await emptySchema()
  const start = () => serve(['--quiet', ...flags], { withLimits: true, env: { CRONITOR_DATABASE: database } })
  return [await start(), await start()]
}

/** Sends events at the same time; resolves with the statuses. */
function send(server: Served, monitor: string, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => sendEvent(server, monitor, { state: 'ok' })))
}

/**
 * Sends so much that the server always has to refuse some of it, for longer than servers need to tell each other (twice
 * EXCHANGE_MS in shared-limits.ts). Then sends a burst of the same monitor to another server, which has had none of it, and
 * resolves with the statuses of that.
 */
async function burstBehind(flooded: Served, other: Served, monitor: string): Promise<number[]> {
  const end = performance.now() + 2500
  const statuses = new Set<number>()
  while (performance.now() < end || !statuses.has(429)) {
    for (const status of await send(flooded, monitor, BURST + 2)) statuses.add(status)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  expect(statuses).toEqual(new Set([200, 429]))
  return send(other, monitor, BURST)
}

describe.skipIf(why !== undefined)(`two servers with limits${why ? ` (skipped: ${why})` : ''}`, () => {
  test('without --shared-limits each of them takes a burst of a monitor', async () => {
    const [a, b] = await pair([])
    expect(await burstBehind(a, b, 'job')).toEqual(Array(BURST).fill(200))
  })

  test('with --shared-limits what one has taken counts on the other one, for that monitor', async () => {
    const [a, b] = await pair(['--shared-limits'])
    let tries = 0
    // A full bucket never refuses a part of a burst, however slow this machine is. One that was told of may be full again if
    // the machine stands still for two seconds: then once more, with a monitor that neither of them has seen.
    await until('the other server refuses a part of its first burst', async () => {
      tries += 1
      return (await burstBehind(a, b, `job-${tries}`)).includes(429)
    })
    expect(await sendEvent(b, 'other', { state: 'ok' })).toBe(200)
  })
})
