/**
 * kill -9 of the server under load: what it answered with 200 is there, and it starts again without more ado.
 *
 * `node scripts/kill-serve.mjs` does it 100 times. That the data was on disk before the answer a kill cannot show, since
 * the system keeps what it was given; strace shows it.
 */

import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/server/store/sqlite/database.ts'
import { paths } from '../../support/run.ts'
import { seededRandom, seedFrom } from '../../support/seeded-random.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const SEED = seedFrom('KILL_SEED')
const KILLS = Number(process.env.KILL_SERVERS || 12)

/** So many jobs at a time. */
const LANES = 24

/** At most this long a server is under load before it is killed. */
const LOAD_MS = 800

/** Jobs, one after the other, until the server is gone. Two of them use the same series. */
async function load(server: Served, name: string, answered: Set<string>): Promise<void> {
  try {
    for (let job = 0; ; job += 1) {
      for (const state of ['run', job % 7 === 0 ? 'fail' : 'complete']) {
        const pair = Math.floor(job / 2)
        const status = await sendEvent(server, `monitor-${pair % 50}`, {
          state,
          series: `${name}-${pair}`,
          env: pair % 3 === 0 ? 'staging' : 'production',
          message: `${name}-${job} ${'x'.repeat(job % 500)}`,
        })
        expect(status).toBe(200)
        answered.add(`${name}-${job} ${state}`)
      }
    }
  } catch (error) {
    // What fetch() throws if the connection fails: the server was killed.
    if (!(error instanceof TypeError)) throw error
  }
}

test(`at any moment, ${KILLS} times, loses nothing that was answered`, {
  timeout: 180_000 + KILLS * 10_000,
}, async () => {
  const random = seededRandom(SEED)
  const dataDir = tempDir('data')
  const answered = new Set<string>()
  for (let kill = 0; kill < KILLS; kill += 1) {
    const server = await serve(['--data-dir', dataDir])
    const before = answered.size
    const lanes = Array.from({ length: LANES }, (_, lane) => load(server, `${kill}-${lane}`, answered))
    // Half of them were killed while they had something to do, however long a busy machine takes for the first answers.
    if (kill % 2 === 0) await until('an event was answered', () => answered.size > before)
    await sleep(random() * LOAD_MS)
    server.running.signalGroup('SIGKILL')
    await Promise.all(lanes)
    expect((await server.running.exited).signal).toBe('SIGKILL')
  }

  const last = await serve(['--data-dir', dataDir])
  expect(await sendEvent(last, 'monitor-0', { state: 'ok' })).toBe(200)
  last.running.signal('SIGTERM')
  expect((await last.running.done).status).toBe(0)

  const db = await openDatabase(join(dataDir, 'cronitor.db'))
  const stored = db
    .prepare<{ readonly name: string }>(
      "SELECT substr(message, 1, instr(message, ' ')) || state AS name FROM event WHERE series IS NOT NULL",
    )
    .all()
    .map(({ name }) => name)
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  // Runs and monitors were written behind their events, and what the kills left out was taken in again.
  const wrongRuns = db
    .prepare(`
      SELECT e.series, e.state, e.message FROM event e
      LEFT JOIN run r ON r.monitor = e.monitor AND r.series = e.series
        AND e.id = iif(e.state = 'run', r.start_event, r.end_event)
        AND (e.state = 'run' OR r.end_state = iif(e.state = 'fail', 'failed', 'complete'))
      LEFT JOIN event s ON s.id = r.start_event
      WHERE e.series IS NOT NULL AND (r.id IS NULL
        OR substr(s.message, 1, instr(s.message, ' ')) <> substr(e.message, 1, instr(e.message, ' ')))
      UNION ALL
      SELECT r.series, NULL, NULL FROM run r
      GROUP BY r.monitor, r.series
      HAVING count(*) <> (SELECT count(*) FROM event e
        WHERE e.monitor = r.monitor AND e.series = r.series AND e.state = 'run')`)
    .all()
  const wrongCounts = db
    .prepare(`
      SELECT m.key FROM monitor m JOIN event e ON e.monitor = m.id
      GROUP BY m.id
      HAVING sum(e.state = 'run') <> m.events_run
        OR sum(e.state = 'complete') <> m.events_complete
        OR sum(e.state = 'fail') <> m.events_fail
        OR sum(e.state = 'complete') <> m.runs_complete
        OR sum(e.state = 'fail') <> m.runs_failed`)
    .all()
  db.close()

  const unique = new Set(stored)
  const lost = [...answered].filter(name => !unique.has(name))
  const figures = {
    kills: KILLS,
    answered: answered.size,
    lost: lost.length,
    unanswered: stored.length - answered.size,
  }
  if (process.env.KILL_REPORT)
    appendFileSync(process.env.KILL_REPORT, `${JSON.stringify({ seed: SEED, ...figures })}\n`)
  expect({ seed: SEED, lost, twice: stored.length - unique.size, wrongRuns, wrongCounts }).toEqual({
    seed: SEED,
    lost: [],
    twice: 0,
    wrongRuns: [],
    wrongCounts: [],
  })
})

function whyNoStrace(): string | undefined {
  if (process.platform !== 'linux') return 'strace(1) is Linux’s'
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no strace, or no right to use it'
  }
}

const noStrace = whyNoStrace()

describe.skipIf(noStrace !== undefined)(`under strace${noStrace ? `: ${noStrace}` : ''}`, () => {
  test('the log of the database is synced before an event is answered', { timeout: 180_000 }, async () => {
    const notes = join(tempDir('strace'), 'notes')
    const dataDir = tempDir('data')
    const server = await serve(['--data-dir', dataDir], {
      program: [
        'strace',
        '-f',
        '-qq',
        '-y',
        '-s',
        '64',
        '-e',
        'trace=read,recvfrom,write,writev,sendto,pwrite64,fsync,fdatasync',
        '-o',
        notes,
        paths.bin.cronitor,
      ],
    })
    const COUNT = 5
    for (let index = 0; index < COUNT; index += 1) {
      expect(await sendEvent(server, 'job', { state: 'run', series: `s${index}` })).toBe(200)
    }
    server.running.signalGroup('SIGTERM')
    await server.running.done

    const calls = stepsOf(readFileSync(notes, 'latin1'), join(dataDir, 'cronitor.db-wal'))
    // On a slow machine a flush of rows may be under way when a request arrives: its sync comes first then.
    const answered = 'r(?:w*s)?w+s[ws]*a[ws]*'
    expect(calls.replace(/^[wsa]*?(?=r)/, '')).toMatch(new RegExp(`^(${answered}){${COUNT}}`))
  })
})

/** Node.js writes to a socket as to a file, Bun by sendto(2). */
const ANSWER = /^(writev?|sendto)\(.*HTTP\/1\.1 200/

/**
 * In strace's notes, a letter a call that has returned: `r` a request for a job was read, `w` the log was written to,
 * `s` it was synced, `a` an event was answered. A call of one thread that was interrupted by another's is noted in
 * two parts; the second says when it returned.
 */
function stepsOf(notes: string, log: string): string {
  const begun = new Map<string, string>()
  let steps = ''
  for (const line of notes.split('\n')) {
    const [, task = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      // An answer counts from when it began to go out.
      if (ANSWER.test(rest)) steps += 'a'
      else begun.set(task, rest)
      continue
    }
    const whole = rest.startsWith('<... ') ? (begun.get(task) ?? '') + rest : rest
    begun.delete(task)
    if (/^(fsync|fdatasync)\(/.test(whole)) steps += whole.includes(`${log}>`) ? 's' : ''
    else if (/^pwrite64\(/.test(whole)) steps += whole.includes(`${log}>`) ? 'w' : ''
    else if (ANSWER.test(whole)) steps += 'a'
    else if (/^(read|recvfrom)\(.*"GET \/p\/.*\/job\?/.test(whole)) steps += 'r'
  }
  return steps
}
