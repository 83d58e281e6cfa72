/** Parses the rule of an expectation: `every 25h grace 1h`, or `cron "0 2 * * *" tz Europe/Berlin max 2h`. */

import type { Rule, RuleSchedule } from '../../server/monitors/rule.ts'
import { parseDuration } from '../../system/duration.ts'
import { parseSchedule } from '../../system/schedule.ts'
import { expectedWords, type RuleWord, takeRuleWord } from './take-rule-word.ts'

export type ParsedRule =
  | {
      readonly ok: true
      readonly rule: Rule
      /** The environment, if ` in ENVIRONMENT` ends the text. */
      readonly env?: string
    }
  | Wrong

/** One line without a full stop. */
interface Wrong {
  readonly ok: false
  readonly problem: string
}

type Outcome<Value> = { readonly ok: true; readonly value: Value } | Wrong

/** The arguments of the words, before it is known whether they fit together. */
interface Draft {
  readonly every?: number
  readonly cron?: string
  readonly tz?: string
  readonly grace?: number
  readonly max?: number
  readonly failures?: number
  readonly recover?: number
}

const READERS: { readonly [Word in RuleWord]: (argument: string) => Outcome<Draft[Word]> } = {
  every: positiveDuration,
  cron: value => ({ ok: true, value }),
  tz: value => ({ ok: true, value }),
  grace: duration,
  max: positiveDuration,
  failures: countInARow,
  recover: countInARow,
}

const MAX_IN_A_ROW = 1000

/** The order of the words is free, but ` in ENVIRONMENT` takes the rest of the text. */
export function parseRuleText(text: string): ParsedRule {
  let draft: Draft = {}
  let rest = text
  for (;;) {
    const taken = takeRuleWord(rest)
    if (taken.kind === 'wrong') return wrong(taken.problem)
    if (taken.kind !== 'word') return ruleOf(draft, taken.kind === 'env' ? taken.env : undefined)
    const { word, argument } = taken
    if (draft[word] !== undefined) return wrong(`${word} is given twice`)
    const read = READERS[word](argument)
    if (!read.ok) return wrong(`${word} ${JSON.stringify(argument)}: ${read.problem}`)
    draft = { ...draft, [word]: read.value }
    rest = taken.rest
  }
}

function ruleOf(draft: Draft, env: string | undefined): ParsedRule {
  if (Object.keys(draft).length === 0) return wrong(`the rule is missing: expected ${expectedWords()}`)
  const schedule = scheduleOf(draft)
  if (!schedule.ok) return schedule
  const { grace, max, failures, recover } = draft
  if (grace !== undefined && schedule.value === undefined) return wrong('grace needs every or cron')
  const rule: Rule = {
    ...(schedule.value !== undefined && { schedule: schedule.value }),
    ...(grace !== undefined && { graceMs: grace }),
    ...(max !== undefined && { maxMs: max }),
    ...(failures !== undefined && { failures }),
    ...(recover !== undefined && { recover }),
  }
  return { ok: true, rule, ...(env !== undefined && { env }) }
}

function scheduleOf({ every, cron, tz }: Draft): Outcome<RuleSchedule | undefined> {
  if (every !== undefined && cron !== undefined) return wrong('a rule has every or cron, not both')
  if (tz !== undefined && cron === undefined) return wrong('tz needs cron')
  if (every !== undefined) return { ok: true, value: { kind: 'every', everyMs: every } }
  if (cron === undefined) return { ok: true, value: undefined }
  const parsed = parseSchedule(cron, tz)
  const words = `cron ${JSON.stringify(cron)}${tz === undefined ? '' : ` tz ${tz}`}`
  if (!parsed.ok) return wrong(`${words}: ${parsed.problem}`)
  // Nothing could be late, so that the rule would be a mistake that nobody notices.
  if (parsed.schedule.nextAfter(0) === undefined) return wrong(`${words}: there is no such time`)
  return {
    ok: true,
    value: { kind: 'cron', expression: cron, ...(tz !== undefined && { zone: tz }) },
  }
}

function duration(text: string): Outcome<number> {
  const parsed = parseDuration(text)
  return parsed.ok ? { ok: true, value: parsed.ms } : parsed
}

function positiveDuration(text: string): Outcome<number> {
  const parsed = duration(text)
  return parsed.ok && parsed.value === 0 ? wrong('expected a duration of more than 0') : parsed
}

function countInARow(text: string): Outcome<number> {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > MAX_IN_A_ROW) return wrong(`expected a whole number from 1 to ${MAX_IN_A_ROW}`)
  return { ok: true, value: count }
}

function wrong(problem: string): Wrong {
  return { ok: false, problem }
}
