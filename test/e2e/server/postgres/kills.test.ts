/**
 * kill -9 of servers, of the database, and failovers to its standby, under load: what was answered with 200 is there once, in
 * order, and each change is told once.
 *
 * `node scripts/kill-postgres.mjs` does it at full length.
 */

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../../support/key.ts'
import { onOwnPort } from '../../../support/own-port.ts'
import { postgresPair } from '../../../support/postgres-pair.ts'
import { isExecutable } from '../../../support/run.ts'
import { seededRandom, seedFrom } from '../../../support/seeded-random.ts'
import { severalServers, whyNoServers } from '../../../support/several-servers.ts'
import { until } from '../../../support/until.ts'

const SEED = seedFrom('KILL_SEED')
const KILLS = {
  server: Number(process.env.KILL_SERVERS || 5),
  database: Number(process.env.KILL_DATABASES || 1),
  failover: Number(process.env.KILL_FAILOVERS || 1),
}
type Fault = keyof typeof KILLS

/** So many jobs at a time. */
const LANES = 24
const MONITORS = 50

/** At most this long there is load before the next fault, in milliseconds. */
const LOAD_MS = 800

/** After a fault, an event is repeated at least for this long until it is answered 200. Starting a server takes a while. */
const PATIENCE_MS = 90_000

/** Every event is repeated until it is answered 200, as by a spool. Two jobs of a lane, one after the other, use the same series. */
function startLoad(url: string) {
  const answered: string[] = []
  const refused = new Map<string, number>()
  let isOver = false
  let repeated = 0

  async function deliver(monitor: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const status = await fetch(`${url}/p/${KEY}/${monitor}?${new URLSearchParams(parameters)}`, {
        signal: AbortSignal.timeout(30_000),
      }).then(
        async response => {
          await response.arrayBuffer()
          return String(response.status)
        },
        () => 'no answer',
      )
      if (status === '200') return
      refused.set(status, (refused.get(status) ?? 0) + 1)
      if (performance.now() > end) throw new Error(`not answered with 200, at last: ${status}`)
      repeated += 1
      await sleep(50)
    }
  }

  async function lane(name: number): Promise<void> {
    for (let job = 0; !isOver; job += 1) {
      const pair = Math.floor(job / 2)
      for (const state of ['run', job % 7 === 0 ? 'fail' : 'complete']) {
        await deliver(`monitor-${(name + pair) % MONITORS}`, {
          state,
          series: `${name}-${pair}`,
          env: pair % 3 === 0 ? 'staging' : 'production',
          message: `${name}-${job} ${'x'.repeat(job % 500)}`,
        })
        answered.push(`${name}-${job} ${state}`)
      }
    }
  }

  const lanes = Promise.all(Array.from({ length: LANES }, (_, name) => lane(name)))
  // It is awaited at the end.
  lanes.catch(() => {})
  return {
    answered,
    refused,
    repeated: () => repeated,
    stop: () => {
      isOver = true
      return lanes
    },
  }
}

interface Told {
  readonly id: number
  /** performance.now() */
  readonly at: number
}

/** Takes notifications. */
async function startReceiver() {
  const told: Told[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    const at = performance.now()
    for (const { id } of body.changes ?? [body]) told.push({ id, at })
    response.writeHead(204).end()
  })
  const port = await onOwnPort(
    free =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject)
        server.listen(free, '127.0.0.1', () => resolve(free))
      }),
  )
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${port}/`, told }
}

/** The changes that were told more than once although no server was killed between. */
function toldTwice(told: readonly Told[], kills: readonly number[]): number[] {
  const last = new Map<number, number>()
  return told.flatMap(({ id, at }) => {
    const before = last.get(id)
    last.set(id, at)
    return before === undefined || kills.some(kill => kill >= before && kill <= at) ? [] : [id]
  })
}

/** What the database holds: the names of all events in the order of their ids, and what does not agree with them. */
async function readDatabase(url: string) {
  const client = new pg.Client(url)
  await client.connect()
  const rows = async (text: string) => (await client.query(text)).rows
  const events: { name: string; place: string }[] = await rows(`
    SELECT split_part(message, ' ', 1) || ' ' || state AS name, e.monitor || ' ' || series AS place
    FROM event e ORDER BY e.id`)
  const changes: { id: string; monitor_key: string; env: string; from_health: string; to_health: string }[] =
    await rows('SELECT id, monitor_key, env, from_health, to_health FROM change ORDER BY id')
  const wrong = {
    runs: await rows(`
      SELECT e.series, e.state, e.message FROM event e
      LEFT JOIN run r ON r.monitor = e.monitor AND r.series = e.series
        AND e.id = CASE e.state WHEN 'run' THEN r.start_event ELSE r.end_event END
        AND (e.state = 'run' OR r.end_state = CASE e.state WHEN 'fail' THEN 'failed' ELSE 'complete' END)
      LEFT JOIN event s ON s.id = r.start_event
      WHERE r.id IS NULL OR split_part(s.message, ' ', 1) <> split_part(e.message, ' ', 1)
      LIMIT 5`),
    counts: await rows(`
      SELECT m.key FROM monitor m JOIN event e ON e.monitor = m.id
      GROUP BY m.id
      HAVING count(*) FILTER (WHERE state = 'run') <> m.events_run
        OR count(*) FILTER (WHERE state = 'complete') <> m.events_complete
        OR count(*) FILTER (WHERE state = 'fail') <> m.events_fail
        OR count(*) FILTER (WHERE state = 'complete') <> m.runs_complete
        OR count(*) FILTER (WHERE state = 'fail') <> m.runs_failed`),
    head: await rows(
      'SELECT * FROM head WHERE last_event <> (SELECT max(id) FROM event) OR last_run <> (SELECT max(id) FROM run)',
    ),
    deadlocks: await rows('SELECT deadlocks FROM pg_stat_database WHERE deadlocks > 0'),
  }
  await client.end()
  return { events, changes, wrong }
}

/** The first events that are not in the order in which their lane sent them. */
function disordered(events: readonly { readonly name: string; readonly place: string }[]): string[] {
  const last = new Map<string, string>()
  return events
    .filter(({ name, place }) => {
      const before = last.get(place)
      last.set(place, name)
      if (before === undefined) return !name.endsWith(' run')
      const [job = '', state] = name.split(' ')
      const [jobBefore = '', stateBefore] = before.split(' ')
      const number = (text: string) => Number(text.split('-')[1])
      return state === 'run'
        ? stateBefore === 'run' || number(job) !== number(jobBefore) + 1
        : stateBefore !== 'run' || job !== jobBefore
    })
    .map(({ name }) => name)
    .slice(0, 5)
}

const why = whyNoServers()

// The servers are the same program in the executable, and CI has little time.
describe.skipIf(why !== undefined || isExecutable)(
  `three servers behind HAProxy${why ? ` (skipped: ${why})` : ''}`,
  () => {
    const all = KILLS.server + KILLS.database + KILLS.failover
    test(`${KILLS.server} kills of a server, ${KILLS.database} of the database and ${KILLS.failover} failovers lose nothing, and repeat nothing`, {
      timeout: 180_000 + all * 30_000,
    }, async () => {
      const random = seededRandom(SEED)
      const pair = await postgresPair()
      const receiver = await startReceiver()
      const together = await severalServers(pair.url, 3, ['--quiet', '--notify-url', receiver.url], {
        timeoutMs: 7_200_000,
      })
      const load = startLoad(together.url)
      const serverKills: number[] = []
      const faults: Readonly<Record<Fault, () => Promise<void>>> = {
        server: async () => {
          const index = Math.floor(random() * 3)
          const { running } = together.servers[index] ?? {}
          running?.signalGroup('SIGKILL')
          serverKills.push(performance.now())
          expect((await running?.exited)?.signal).toBe('SIGKILL')
          await sleep(random() * 1500)
          await together.restart(index)
        },
        database: pair.crash,
        failover: pair.failOver,
      }
      const order = (Object.keys(KILLS) as Fault[])
        .flatMap(fault => Array.from({ length: KILLS[fault] }, () => ({ fault, at: random() })))
        .toSorted((a, b) => a.at - b.at)
      const longest: Record<Fault, number> = { server: 0, database: 0, failover: 0 }
      /** For the message of a failure. */
      const situation = () =>
        JSON.stringify([
          [...load.refused],
          ...together.servers.map(({ running }) => String(running.output().stderr).slice(-600)),
          pair.primary().log().slice(-1500),
          pair.standby().log().slice(-1500),
        ])
      for (const { fault } of order) {
        await sleep(200 + random() * LOAD_MS)
        const began = performance.now()
        await faults[fault]()
        const before = load.answered.length
        await until(
          () => `events are answered again after: ${fault}; ${situation()}`,
          () => load.answered.length > before + LANES,
          PATIENCE_MS,
        )
        longest[fault] = Math.max(longest[fault], performance.now() - began)
      }
      await load.stop()

      const { events, changes, wrong } = await readDatabase(pair.primary().url())
      const told = () => new Set(receiver.told.map(({ id }) => id))
      await until(
        () => `${changes.length} changes are told, and not ${told().size}`,
        () => told().size >= changes.length,
        PATIENCE_MS,
      )
      // A second telling would come by now.
      await sleep(2000)
      const stored = events.map(({ name }) => name)
      const storedOnce = new Set(stored)
      const figures = {
        ...KILLS,
        answered: load.answered.length,
        lost: load.answered.filter(name => !storedOnce.has(name)).length,
        twice: stored.length - storedOnce.size,
        requestsRepeated: load.repeated(),
        refused: Object.fromEntries(load.refused),
        changes: changes.length,
        toldAgainAfterAKill: receiver.told.length - told().size,
        longestMs: Object.fromEntries(Object.entries(longest).map(([fault, ms]) => [fault, Math.round(ms)])),
      }
      if (process.env.KILL_REPORT) {
        appendFileSync(process.env.KILL_REPORT, `${JSON.stringify({ seed: SEED, ...figures })}\n`)
      }
      const chain = new Map<string, string>()
      const brokenChains = changes.filter(({ monitor_key, env, from_health, to_health }) => {
        const place = `${monitor_key} ${env}`
        const before = chain.get(place)
        chain.set(place, to_health)
        return before !== undefined && before !== from_health
      })
      expect({
        seed: SEED,
        lost: load.answered.filter(name => !storedOnce.has(name)).slice(0, 5),
        twice: figures.twice,
        unanswered: stored.length - load.answered.length,
        disordered: disordered(events),
        wrong,
        notTold: changes.filter(({ id }) => !told().has(Number(id))).slice(0, 5),
        toldTwice: toldTwice(receiver.told, serverKills).slice(0, 5),
        brokenChains: brokenChains.slice(0, 5),
      }).toEqual({
        seed: SEED,
        lost: [],
        twice: 0,
        unanswered: 0,
        disordered: [],
        wrong: { runs: [], counts: [], head: [], deadlocks: [] },
        notTold: [],
        toldTwice: [],
        brokenChains: [],
      })
    })
  },
)
