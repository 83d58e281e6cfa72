/** The limits of the API, held against the arithmetic of token buckets at the rates that its description names. */

import { Agent, request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../../support/serve.ts'

interface Sent {
  /** Between these two moments the server decided, in milliseconds. */
  readonly from: number
  readonly to: number
  readonly status: number
  readonly retryAfter: string | undefined
  readonly monitor: string
}

const ENDPOINT = { perSecond: 5, burst: 10 }
const ADDRESS = { perSecond: 50, burst: 250 }

/** Sends `total` requests at `perSecond`, each at its time, be the earlier ones answered or not. */
async function sendAt(
  port: number,
  total: number,
  perSecond: number,
  monitorOf: (index: number) => string,
): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 })
  onTestFinished(() => agent.destroy())
  const send = (monitor: string) =>
    new Promise<Sent>((resolve, reject) => {
      const from = performance.now()
      request({ agent, port, host: '127.0.0.1', path: `/p/some-key/${monitor}?state=ok` }, response => {
        const to = performance.now()
        const { statusCode: status = 0, headers } = response
        response
          .resume()
          .on('end', () => resolve({ from, to, status, retryAfter: headers['retry-after'], monitor }))
      })
        .on('error', reject)
        .end()
    })
  const begun = performance.now()
  const answers: Promise<Sent>[] = []
  while (answers.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begun) / 1000) * perSecond))
    while (answers.length < due) answers.push(send(monitorOf(answers.length)))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  return await Promise.all(answers)
}

/** What buckets let through that are asked at `momentOf` each request; written anew here, from the description alone. */
function expectedCount(sent: readonly Sent[], momentOf: (each: Sent) => number): number {
  const buckets = new Map<string, { tokens: number; at: number }>()
  const has = (name: string, { perSecond, burst }: { perSecond: number; burst: number }, at: number) => {
    const bucket = buckets.get(name) ?? { tokens: burst, at }
    const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond)
    buckets.set(name, { tokens, at })
    return tokens >= 1
  }
  const take = (name: string) => {
    const bucket = buckets.get(name)
    if (bucket !== undefined) bucket.tokens -= 1
  }
  let count = 0
  for (const each of [...sent].sort((a, b) => momentOf(a) - momentOf(b))) {
    const at = momentOf(each)
    const endpoint = has(each.monitor, ENDPOINT, at)
    const address = has('the address', ADDRESS, at)
    if (!endpoint || !address) continue
    take(each.monitor)
    take('the address')
    count += 1
  }
  return count
}

function check(sent: readonly Sent[], { perSecond, burst }: { perSecond: number; burst: number }): void {
  expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200, 429]))
  for (const { status, retryAfter } of sent) expect(retryAfter).toBe(status === 429 ? '1' : undefined)
  const taken = sent.filter(({ status }) => status === 200).length
  // The server decided somewhere between. A machine under load may send or decide nothing for longer than it takes to fill a
  // bucket, and what comes then is lost: such a gap is in the times of the requests or in those of the answers.
  const [early, late] = [expectedCount(sent, ({ from }) => from), expectedCount(sent, ({ to }) => to)]
  const elapsedMs = Math.max(...sent.map(({ to }) => to)) - Math.min(...sent.map(({ from }) => from))
  const most = burst + (perSecond * elapsedMs) / 1000
  const told = JSON.stringify({ taken, early, late, most })
  expect(taken, told).toBeGreaterThanOrEqual(Math.min(early, late) * 0.98)
  expect(taken, told).toBeLessThanOrEqual(most)
}

test('1,000 requests at 100/s to one endpoint', async () => {
  const server = await serve(['--json'], { withLimits: true })
  // 10 at once, and 5 in each of the ten seconds.
  check(await sendAt(server.port, 1000, 100, () => 'job'), ENDPOINT)
})

test('4,000 requests at 500/s over 500 monitors from one address', async () => {
  const server = await serve(['--json'], { withLimits: true })
  // 250 at once, and 50 in each of the eight seconds; each monitor has one request a second, and so is never limited.
  check(await sendAt(server.port, 4_000, 500, index => `job-${index % 500}`), ADDRESS)
})
