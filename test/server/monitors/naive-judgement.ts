/**
 * What is told about a monitor in one environment, found by a look at everything that is known in every minute. It knows
 * neither deadlines nor rows: it goes through the lists of scheduled times, starts and ends.
 */

import type { Health } from '../../../src/server/monitors/monitors.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'

const MINUTE = 60_000

/** All times are in milliseconds since 1970. */
export interface SimulatedEvent {
  readonly state: 'run' | 'complete' | 'fail' | 'ok'
  /** Of the run; a run without a start has only its end. */
  readonly series: string
  readonly happenedAt: number
  /** Later than happenedAt, if no server was running. Never the beginning of a minute. */
  readonly receivedAt: number
}

export interface Situation {
  readonly rule: Rule
  /** When the rule was set. */
  readonly since: number
  readonly until: number
  /** When a cron job is due; the first of them is before `since`. */
  readonly scheduled: readonly number[]
  /** In the order of their receipt. */
  readonly events: readonly SimulatedEvent[]
  /** False while no server is running, and in the pause after that. */
  readonly isJudged: (time: number) => boolean
}

export interface Told {
  readonly from: Health
  readonly to: Health
  readonly at: number
}

export function naiveJudgement(situation: Situation): Told[] {
  const { since, until, events, isJudged } = situation
  const told: Told[] = []
  const facts = {
    health: 'unknown' as Health,
    isFailing: false,
    hasSucceeded: false,
    isLate: false,
    isOverrunning: false,
  }
  let changedAt = 0
  const known = knowledge(situation)
  const tellHealth = (at: number) => {
    const good = facts.hasSucceeded ? 'healthy' : 'unknown'
    const bad = facts.isLate ? 'late' : facts.isOverrunning ? 'overrunning' : good
    const to = facts.isFailing ? 'failing' : bad
    const from = facts.health
    if (from === to) return
    facts.health = to
    changedAt = Math.max(changedAt, at)
    if (from !== 'unknown' || to !== 'healthy') told.push({ from, to, at: changedAt })
  }
  const receive = (event: SimulatedEvent) => {
    const { receivedAt: now, happenedAt, state } = event
    known.add(event)
    if (state !== 'run') {
      const { successes, failures } = known.lastInARow()
      if (facts.isFailing) facts.isFailing = successes < (situation.rule.recover ?? 1)
      else facts.isFailing = failures >= (situation.rule.failures ?? 1)
      if (successes > 0 && !facts.isFailing) facts.hasSucceeded = true
      if (facts.isOverrunning) facts.isOverrunning = known.overrunSince(now) !== undefined
    }
    if (facts.isLate && known.isMeeting(event)) facts.isLate = known.lateSince(now) !== undefined
    tellHealth(happenedAt)
  }
  const lookAtClock = (now: number) => {
    const lateSince = facts.isLate ? undefined : known.lateSince(now)
    const overrunSince = known.overrunSince(now)
    const wasOverrunning = facts.isOverrunning
    facts.isOverrunning = overrunSince !== undefined
    if (lateSince !== undefined) facts.isLate = true
    const overrunBegan = wasOverrunning ? undefined : overrunSince
    tellHealth((lateSince ?? overrunBegan ?? now - 1) + 1)
  }
  let place = 0
  for (let now = Math.ceil(since / MINUTE) * MINUTE; now <= until; now += MINUTE) {
    for (let event = events[place]; event !== undefined && event.receivedAt < now; event = events[place]) {
      receive(event)
      place += 1
    }
    if (isJudged(now)) lookAtClock(now)
  }
  return told
}

function knowledge({ rule, since, scheduled }: Situation) {
  const { schedule, maxMs } = rule
  const starts = new Map<string, number>()
  const open = new Map<string, number>()
  /** True for a success. */
  const ends: { at: number; isSuccess: boolean }[] = []
  let lastStart = 0
  let lastSuccess = 0
  /** Of the runs that have ended, the start of the last one. */
  let lastEndedStart = 0
  /** Scheduled times before this place are met. */
  let unmet = scheduled.findIndex(time => time > since)

  const isMeeting = ({ state, series }: SimulatedEvent) => {
    if (schedule?.kind === 'cron') return state === 'run' || !starts.has(series)
    return state === 'complete' || state === 'ok'
  }
  return {
    isMeeting: (event: SimulatedEvent) =>
      isMeeting(event) || (schedule?.kind === 'cron' && event.state !== 'run'),
    add: (event: SimulatedEvent) => {
      const { state, series, happenedAt } = event
      if (isMeeting(event)) lastStart = Math.max(lastStart, happenedAt)
      if (state === 'run') {
        starts.set(series, happenedAt)
        open.set(series, happenedAt)
        return
      }
      if (state !== 'ok') lastEndedStart = Math.max(lastEndedStart, starts.get(series) ?? happenedAt)
      open.delete(series)
      // A newer run has ended: they are lost, and never count again.
      for (const [name, start] of open) if (start < lastEndedStart) open.delete(name)
      const isSuccess = state !== 'fail'
      ends.push({ at: happenedAt, isSuccess })
      if (isSuccess) lastSuccess = Math.max(lastSuccess, happenedAt)
    },
    lastInARow: () => {
      let count = 0
      const last = ends.at(-1)?.isSuccess
      while (count < ends.length && ends[ends.length - 1 - count]?.isSuccess === last) count += 1
      return { successes: last === true ? count : 0, failures: last === false ? count : 0 }
    },
    /** The last moment at which it was in time. */
    lateSince: (now: number): number | undefined => {
      if (schedule === undefined) return undefined
      if (schedule.kind === 'every') {
        const due = Math.max(since, lastSuccess) + schedule.everyMs + (rule.graceMs ?? 0)
        return now > due ? due : undefined
      }
      for (; unmet >= 0 && unmet < scheduled.length; unmet += 1) {
        const time = scheduled[unmet] ?? 0
        const before = scheduled[unmet - 1] ?? 0
        if (lastStart >= time - Math.min(MINUTE, (time - before) / 2)) continue
        const due = time + (rule.graceMs ?? MINUTE)
        return now > due ? due : undefined
      }
      return undefined
    },
    overrunSince: (now: number): number | undefined => {
      if (maxMs === undefined || open.size === 0) return undefined
      const began = [...open.values()].filter(start => start >= lastEndedStart)
      const first = Math.max(since, Math.min(...began)) + maxMs
      return began.length > 0 && now > first ? first : undefined
    },
  }
}
