/** Two years of a job that starts late, fails, hangs or is forgotten, and of a server that is sometimes down. */

import type { Rule } from '../../../src/server/monitors/rule.ts'
import { naiveEntry, naiveRuns } from '../../support/naive-cron.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import type { SimulatedEvent, Situation } from './naive-judgement.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const FROM = Date.UTC(2026, 0, 1)
export const TWO_YEARS = 731 * DAY

export interface Case {
  readonly rule: Rule
  readonly seed: number
  /** How many times no server is running. */
  readonly outages: number
  /** Default: two years. */
  readonly lengthMs?: number
}

interface Outage {
  readonly from: number
  readonly to: number
}

/** For each of the environments a job with bad days of its own. */
export function simulate({ rule, seed, outages, lengthMs = TWO_YEARS }: Case, envs: readonly string[]) {
  const random = seededRandom(seed)
  const until = FROM + lengthMs
  const down = Array.from({ length: outages }, () => outage(random, until)).toSorted(
    (a, b) => a.from - b.from,
  )
  const isUp = minutesOutside(down, 0)
  // As in lateness-pause.ts: until a minute after the last delayed event, and two minutes at least.
  const isJudged = minutesOutside(down, 3)
  const scheduled = scheduledTimes(rule, random, until)
  return envs.map(env => ({
    env,
    isUp,
    rule,
    since: FROM,
    until,
    scheduled,
    isJudged,
    events: delivered(runs(rule, scheduled, random, until), down),
  })) satisfies (Situation & { readonly env: string; readonly isUp: (time: number) => boolean })[]
}

function minutesOutside(down: readonly Outage[], more: number): (time: number) => boolean {
  const inside = new Set<number>()
  for (const { from, to } of down) {
    for (let time = from; time < to + more * MINUTE; time += MINUTE) inside.add(time)
  }
  return time => !inside.has(time)
}

function outage(random: () => number, until: number): Outage {
  const from = FROM + Math.floor((random() * (until - FROM)) / MINUTE) * MINUTE
  // Minutes to two days; most are short.
  return { from, to: from + Math.ceil(random() ** 4 * 2 * 24 * 60) * MINUTE }
}

function scheduledTimes({ schedule }: Rule, random: () => number, until: number): number[] {
  switch (schedule?.kind) {
    case 'cron': {
      const entry = naiveEntry(schedule.expression)
      if (entry === undefined) throw new Error(`cron refuses ${schedule.expression}`)
      return naiveRuns(entry, schedule.zone ?? 'UTC', FROM - 40 * DAY, until)
    }
    case 'every':
    case undefined: {
      const every = schedule?.everyMs ?? 5 * HOUR
      const times = [FROM - every]
      for (let time = FROM; time < until; time += every * (0.5 + random() * 0.45))
        times.push(Math.round(time))
      return times
    }
  }
}

/** What happens to a job, and how probable that is; in a bad week the bad things are ten times as probable. */
function runs(
  { maxMs = HOUR }: Rule,
  scheduled: readonly number[],
  random: () => number,
  until: number,
): { readonly start: number | undefined; readonly end: number | undefined; readonly isSuccess: boolean }[] {
  const badWeeks = Array.from({ length: 53 * 3 }, () => random() < 0.1)
  return scheduled
    .filter(time => time > FROM)
    .flatMap(time => {
      const badness = badWeeks[Math.floor((time - FROM) / (7 * DAY))] === true ? 10 : 1
      const happens = (probability: number) => random() < probability * badness
      if (happens(0.02)) return []
      // Clocks of hosts differ, and hosts are busy.
      const delay = happens(0.03)
        ? random() * 2 * HOUR
        : happens(0.02)
          ? -random() * 80 * SECOND
          : random() * 20 * SECOND
      const start = offMinute(time + delay)
      const duration = happens(0.02) ? maxMs * (0.9 + random() * 3) : random() * Math.min(maxMs, 20 * MINUTE)
      const end = happens(0.01) ? undefined : offMinute(start + duration + SECOND)
      const hasStart = !happens(0.01)
      if (end !== undefined && end > until) return []
      return [
        {
          start: hasStart ? start : undefined,
          end: hasStart ? end : (end ?? start),
          isSuccess: !happens(0.04),
        },
      ]
    })
}

/** Not at the beginning of a minute, when the clock is looked at. */
function offMinute(time: number): number {
  const whole = Math.round(time)
  return whole % MINUTE === 0 ? whole + 1 : whole
}

/** Events of an outage are delivered after it, in their order. */
function delivered(all: ReturnType<typeof runs>, down: readonly Outage[]): SimulatedEvent[] {
  const happened = all.flatMap(({ start, end, isSuccess }, index) => {
    const series = `run ${index}`
    const first = start === undefined ? [] : [{ state: 'run' as const, series, happenedAt: start }]
    if (end === undefined) return first
    const state = !isSuccess
      ? ('fail' as const)
      : start === undefined && index % 2 === 0
        ? ('ok' as const)
        : ('complete' as const)
    return [...first, { state, series, happenedAt: end }]
  })
  let last = 0
  return happened
    .toSorted((a, b) => a.happenedAt - b.happenedAt)
    .map(event => {
      const inOutage = down.findLast(
        ({ from, to }) => event.happenedAt >= from && event.happenedAt < to + 15 * SECOND,
      )
      const arrives = Math.max(last, inOutage === undefined ? event.happenedAt : inOutage.to + 15 * SECOND)
      // Overlapping outages: it waits for the last of them.
      const blocking = down.findLast(({ from, to }) => arrives >= from && arrives < to)
      const receivedAt = offMinute(blocking === undefined ? arrives : blocking.to + 15 * SECOND)
      last = receivedAt
      return { ...event, receivedAt }
    })
}
