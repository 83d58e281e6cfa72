import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ApiAnswer } from '../../../src/client/outcome.ts'
import { drain } from '../../../src/spool/drain/drain.ts'
import type { DrainReport } from '../../../src/spool/drain/drain-report.ts'
import type { DrainTools, SendSpooled } from '../../../src/spool/drain/drain-tools.ts'
import { formatEventFileName, seriesIdOf } from '../../../src/spool/event-file-name.ts'
import { oldestEvents } from '../../../src/spool/list-events.ts'
import { putEvents } from '../../../src/spool/put-events.ts'
import { readEvent } from '../../../src/spool/read-event.ts'
import type { Spool } from '../../../src/spool/spool.ts'
import type { SpooledEvent } from '../../../src/spool/spooled-event.ts'
import type { Sleep } from '../../../src/system/sleep.ts'
import { filesIn, KEY_PRINT, NOW, spooledOf, spoolForTest } from '../support.ts'

const OK: ApiAnswer = { kind: 'status', status: 200 }
const DOWN: ApiAnswer = { kind: 'error', message: 'connection refused' }
const status = (code: number): ApiAnswer => ({ kind: 'status', status: code })

/** A clock that passes as soon as nothing else happens any more. */
function quickClock(): { now: () => number; sleep: Sleep } {
  let time = 0
  return {
    now: () => time,
    async sleep(ms, signal) {
      const end = time + ms
      for (let turns = 0; turns < 25 && !signal.aborted; turns++) await turn()
      if (!signal.aborted) time = Math.max(time, end)
    },
  }
}

interface Sent {
  readonly id: string
  readonly at: number
  readonly late: string
}

/** Drains a spool, answered by `respond`; what was sent as `series state`. */
async function run(
  spool: Spool,
  respond: (id: string, count: number) => ApiAnswer | Promise<ApiAnswer>,
  more: Partial<DrainTools> = {},
  signal = new AbortController().signal,
): Promise<{ sent: Sent[]; ids: string[]; reports: DrainReport[]; atOnce: number }> {
  const clock = quickClock()
  const sent: Sent[] = []
  const reports: DrainReport[] = []
  const under = new Set<string>()
  let atOnce = 0
  const send: SendSpooled = async (event, message, stop, late) => {
    const group = `${event.monitorKey} ${event.series}`
    if (under.has(group)) throw new Error(`two of ${group} at once`)
    under.add(group)
    atOnce = Math.max(atOnce, under.size)
    const id = `${event.series} ${event.state}${message === 'full' ? '' : ` ${message}`}`
    sent.push({ id, at: clock.now(), late: `${late?.occurredAt} ${late?.stamp}` })
    const answer = await Promise.race([
      respond(id, sent.length),
      new Promise<ApiAnswer>(resolve => {
        if (stop.aborted) resolve(DOWN)
        stop.addEventListener('abort', () => resolve(DOWN), { once: true })
      }),
    ])
    await turn()
    under.delete(group)
    return answer
  }
  const tools: DrainTools = {
    spool,
    key: KEY_PRINT,
    address: 'configured',
    send,
    stamp: true,
    random: () => 0.5,
    report: what => reports.push(what),
    ...clock,
    ...more,
  }
  await drain(tools, signal)
  return { sent, ids: sent.map(({ id }) => id), reports, atOnce }
}

/** The same, ended by a signal when it sends for the `count`th time. */
function runUntil(spool: Spool, count: number, respond: (id: string) => ApiAnswer): ReturnType<typeof run> {
  const stop = new AbortController()
  const answer = (id: string, sent: number): ApiAnswer => {
    if (sent < count) return respond(id)
    stop.abort()
    return DOWN
  }
  return run(spool, answer, {}, stop.signal)
}

/** run and complete of so many series, a millisecond after each other. */
function runsOf(count: number): SpooledEvent[] {
  return Array.from({ length: count }, (_, index) => [
    spooledOf('run', { occurredAt: NOW - 10_000 + 2 * index }, { series: `s${index}` }),
    spooledOf('complete', { occurredAt: NOW - 10_000 + 2 * index + 1 }, { series: `s${index}` }),
  ]).flat()
}

function ofSeries(ids: readonly string[], series: string): string[] {
  return ids.filter(id => id.startsWith(`${series} `))
}

describe('draining a spool', () => {
  test('delivers each event of the key once, in the order of its series, and leaves events of another key', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [...runsOf(30), spooledOf('ok', { key: 'ba9876543210' })])
    const { ids, atOnce } = await run(spool, async () => {
      for (let turns = 0; turns < 20; turns++) await turn()
      return OK
    })
    expect(new Set(ids).size).toBe(60)
    expect(ids).toHaveLength(60)
    for (let index = 0; index < 30; index++)
      expect(ofSeries(ids, `s${index}`)).toEqual([`s${index} run`, `s${index} complete`])
    expect(atOnce).toBeGreaterThan(4)
    expect(filesIn(spool, 'queue')).toHaveLength(1)
  })

  test('sends no event to the built-in address that was kept for a configured one', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [
      spooledOf('run', { address: 'configured' }, { series: 'private' }),
      spooledOf('run', { address: 'default' }, { series: 'vendor' }),
      spooledOf('run', {}, { series: 'earlier version' }),
    ])
    const first = await run(spool, () => OK, { address: 'default' })
    expect(first.ids.sort()).toEqual(['earlier version run', 'vendor run'])
    expect(filesIn(spool, 'queue')).toHaveLength(1)
    const second = await run(spool, () => OK, { address: 'configured' })
    expect(second.ids).toEqual(['private run'])
  })

  test('sends only the oldest event until one has arrived', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(5).reverse())
    const first = deferred<ApiAnswer>()
    let asked = 0
    const draining = run(spool, () => {
      asked += 1
      return asked === 1 ? first.promise : OK
    })
    while (asked === 0) await turn()
    for (let turns = 0; turns < 100; turns++) await turn()
    expect(asked).toBe(1)
    first.resolve(OK)
    const { ids } = await draining
    expect(ids[0]).toBe('s0 complete')
    expect(ids).toHaveLength(10)
  })

  test('sends the time at which each event happened', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('ok', { occurredAt: NOW - 7000 })])
    const { sent } = await run(spool, () => OK, { stamp: false })
    expect(sent.map(({ late }) => late)).toEqual([`${NOW - 7000} false`])
  })

  test('tries a failed event again before it sends the next one of the series', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    const { ids, reports } = await run(spool, (_, count) => (count < 4 ? status(503) : OK))
    expect(ids).toEqual(['s0 run', 's0 run', 's0 run', 's0 run', 's0 complete'])
    expect(reports.map(({ kind }) => kind)).toEqual([
      'will-retry',
      'will-retry',
      'will-retry',
      'delivered',
      'delivered',
    ])
  })

  test('counts each attempt in the file, for `cronitor spool list`', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    await runUntil(spool, 4, () => status(500))
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    const read = name && (await readEvent(spool, 'queue', name))
    expect(read).toMatchObject({ kind: 'event', spooled: { lastProblem: 'HTTP status 500' } })
    expect(read?.kind === 'event' && read.spooled.tries).toBe(3)
  })

  test('keeps a refused event with its status, and sends the next one of the series', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(3))
    const { ids } = await run(spool, id => (id === 's1 run' ? status(404) : OK))
    expect(ids).toHaveLength(6)
    expect(filesIn(spool, 'queue')).toEqual([])
    const [name] = await oldestEvents(spool, 'rejected', () => true, 10)
    const read = name && (await readEvent(spool, 'rejected', name))
    expect(read).toMatchObject({ kind: 'event', spooled: { tries: 1, refused: { status: 404 } } })
    expect(filesIn(spool, 'rejected')).toHaveLength(1)
  })

  test('sends other series while one fails all the time', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(10))
    // 18 of the others, and six tries of this one.
    const { ids } = await runUntil(spool, 24, id => (id.startsWith('s0 ') ? status(500) : OK))
    expect(new Set(ids).size).toBe(19)
    expect(filesIn(spool, 'queue')).toHaveLength(2)
  })

  test('sends one request at a time to an API that is down, less and less often', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(100))
    const { sent, atOnce } = await runUntil(spool, 9, () => DOWN)
    expect(atOnce).toBe(1)
    // Back-off of 0.25, 0.5, 1, 2, 4 and from then on 5 seconds.
    const gaps = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0))
    for (const [index, least] of [250, 500, 1000, 2000, 4000, 5000, 5000, 5000].entries())
      expect(gaps[index]).toBeGreaterThanOrEqual(least)
  })

  test('shortens a message that is too long, and keeps the event as refused if that does not help', async () => {
    const spool = spoolForTest()
    const message = { output: 'out', earlierBytes: 0, reason: 'exit status 1' }
    await putEvents(spool, 'queue', [spooledOf('fail', {}, { message })])
    const { ids } = await run(spool, () => status(414))
    expect(ids).toEqual(['s fail', 's fail half', 's fail reason', 's fail none'])
    expect(filesIn(spool, 'rejected')).toHaveLength(1)
  })

  test('delivers events that are put meanwhile', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    const { ids } = await run(spool, async (_, count) => {
      if (count === 2) await putEvents(spool, 'queue', [spooledOf('ok', {}, { series: 'new' })])
      return OK
    })
    expect(ids).toEqual(['s0 run', 's0 complete', 'new ok'])
  })

  test('moves a damaged file away, and leaves alone the series with a file of a newer version', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(2))
    const [, second] = await oldestEvents(spool, 'queue', () => true, 2)
    writeFileSync(join(spool.folder, 'queue', second?.file ?? ''), '{"version":1,"key"')
    const { event } = spooledOf('run', {}, { series: 's1' })
    const newer = formatEventFileName(1, seriesIdOf(event, KEY_PRINT), KEY_PRINT, 5)
    writeFileSync(join(spool.folder, 'queue', newer), '{"version":2}')
    const { ids, reports } = await run(spool, () => OK)
    expect(ids).toEqual(['s0 run'])
    expect(reports.map(({ kind }) => kind).sort()).toEqual(['damaged', 'delivered', 'newer'])
    expect(filesIn(spool, 'damaged')).toHaveLength(1)
    expect(filesIn(spool, 'queue')).toHaveLength(3)
  })

  test('ends if nothing was delivered or refused for the given time', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(2))
    const { ids } = await run(spool, id => (id === 's0 run' ? OK : new Promise<ApiAnswer>(() => {})), {
      giveUpAfterMs: 5000,
    })
    expect(ids).toContain('s0 run')
    expect(filesIn(spool, 'queue')).toHaveLength(3)
  })

  test('ends on a signal, and keeps the event that was being sent', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(2))
    const stop = new AbortController()
    const { ids, reports } = await run(
      spool,
      () => {
        stop.abort()
        return new Promise<ApiAnswer>(() => {})
      },
      {},
      stop.signal,
    )
    expect(ids).toEqual(['s0 run'])
    expect(reports).toEqual([])
    expect(filesIn(spool, 'queue')).toHaveLength(4)
  })

  test('waits as long as a 429 asks for, and notes it for the other processes of the host', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    const told: (number | undefined)[] = []
    const sharedLimit = {
      waitMs: async () => 0,
      noteLimit: async (ms: number | undefined) => void told.push(ms),
    }
    const { sent } = await run(
      spool,
      (_, count) => (count === 1 ? { kind: 'status', status: 429, retryAfter: '7' } : OK),
      { sharedLimit },
    )
    expect(sent.map(({ id }) => id)).toEqual(['s0 run', 's0 run', 's0 complete'])
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(7000)
    expect(told).toEqual([7000])
  })

  test('waits as long as the last Retry-After of an event asks for, unless the clock was set back', async () => {
    const spool = spoolForTest({ wallClock: () => NOW })
    await putEvents(spool, 'queue', [
      spooledOf('run', { notBefore: NOW + 5000 }, { series: 'held' }),
      spooledOf('run', { notBefore: NOW + 4 * 3_600_000 }, { series: 'far' }),
      spooledOf('complete', {}, { series: 'held' }),
    ])
    const clock = quickClock()
    let passed = 0
    const moving = { ...spool, wallClock: () => NOW + passed }
    const at: number[] = []
    const { ids } = await run(
      moving,
      () => {
        at.push(clock.now())
        return OK
      },
      {
        ...clock,
        // The wall clock goes on with the wait, and not before.
        sleep: (ms, signal) => {
          passed = 6000
          return clock.sleep(ms, signal)
        },
      },
    )
    expect(ids).toEqual(['far run', 'held run', 'held complete'])
    expect(at[1]).toBeGreaterThanOrEqual(5000)
  })

  test('writes the time of a Retry-After to the file, for the next process', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    await runUntil(spool, 2, () => ({ kind: 'status', status: 503, retryAfter: '30' }))
    const [name] = await oldestEvents(spool, 'queue', () => true, 1)
    const read = name && (await readEvent(spool, 'queue', name))
    expect(read).toMatchObject({ kind: 'event', spooled: { notBefore: NOW + 30_000 } })
  })

  test('waits as long as other processes of the host have to', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    let holdMs = 4000
    const sharedLimit = {
      async waitMs() {
        const ms = holdMs
        holdMs = 0
        return ms
      },
      noteLimit: async () => {},
    }
    const { sent } = await run(spool, () => OK, { sharedLimit })
    expect(sent[0]?.at).toBeGreaterThanOrEqual(4000)
  })

  test('goes on at once if the last attempt ends while the shared limit is read', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(2))
    let time = 0
    let sentCount = 0
    let delivered = 0
    const waited: number[] = []
    // The last answer comes once others are being asked.
    const asked = deferred<ApiAnswer>()
    let isAsked = false
    const sharedLimit = {
      async waitMs() {
        if (sentCount === 4) {
          isAsked = true
          asked.resolve(OK)
          while (delivered < 4) await turn()
        }
        for (let turns = 0; turns < 5; turns++) await turn()
        return 0
      },
      noteLimit: async () => {},
    }
    const { ids } = await run(
      spool,
      (_, count) => {
        sentCount = count
        return count === 4 ? asked.promise : OK
      },
      {
        sharedLimit,
        // Each look at the clock is far enough from the last one for the others to be asked anew.
        now: () => (time += 25),
        report: ({ kind }) => {
          if (kind === 'delivered') delivered += 1
        },
        async sleep(ms, signal) {
          for (let turns = 0; turns < 20 && !signal.aborted; turns++) await turn()
          if (isAsked && !signal.aborted) waited.push(ms)
        },
      },
    )
    expect(ids).toHaveLength(4)
    expect(filesIn(spool, 'queue')).toEqual([])
    // A wait for nothing would last a minute.
    expect(waited).toEqual([])
  })

  test('reports that the spool cannot be read, and ends', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', runsOf(1))
    writeFileSync(join(spool.folder, 'file'), '')
    const { reports } = await run({ ...spool, folder: join(spool.folder, 'file') }, () => OK)
    expect(reports.map(({ kind }) => kind)).toEqual(['failed'])
  })
})

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve = (_value: T): void => {}
  const promise = new Promise<T>(done => {
    resolve = done
  })
  return { promise, resolve }
}

describe('an event that is put during a drain', () => {
  test('is sent while another series backs off, in the order of its series', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run', {}, { series: 'down' })])
    let announce = () => {}
    const stop = new AbortController()
    const { ids } = await run(
      spool,
      async (id, count) => {
        if (count === 1) {
          await putEvents(spool, 'queue', [
            spooledOf('run', {}, { series: 'up' }),
            spooledOf('complete', {}, { series: 'up' }),
          ])
          announce()
        }
        if (count === 3) stop.abort()
        return id.startsWith('down') ? { kind: 'status', status: 503, retryAfter: '3600' } : OK
      },
      {
        onPut: listener => {
          announce = listener
          return () => {}
        },
        // No back-off is ever over.
        now: () => 0,
        sleep: (_ms, signal) =>
          new Promise(resolve => {
            signal.addEventListener('abort', () => resolve())
          }),
      },
      stop.signal,
    )
    expect(ids).toEqual(['down run', 'up run', 'up complete'])
  })

  test('is listened for until the drain ends', async () => {
    const spool = spoolForTest()
    await putEvents(spool, 'queue', [spooledOf('run')])
    let listening = 0
    const onPut = () => {
      listening += 1
      return () => {
        listening -= 1
      }
    }
    const { ids } = await run(spool, () => OK, { onPut })
    expect(ids).toEqual(['s run'])
    expect(listening).toBe(0)
  })
})
