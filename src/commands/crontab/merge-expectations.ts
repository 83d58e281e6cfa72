/** Writes when jobs must run into the text of a file for `cronitor serve --expect-file`, and keeps all else that is in it. */

import type { DiffLine } from '../../crontab/unified-diff.ts'
import type { Expectation } from '../../server/monitors/monitors.ts'
import { formatExpectation } from '../serve/format-expectation.ts'
import { parseExpectation } from '../serve/parse-expectation.ts'

export interface WantedExpectation {
  readonly expectation: Expectation
  /** `web1:/etc/crontab`: a comment behind the line, by which the line is found again. */
  readonly origin: string
}

export interface MergeOptions {
  /** The crontabs that were read: their lines in the file are replaced, and removed if the job is gone. */
  readonly origins: ReadonlySet<string>
  /** True: the grace in the file is replaced too. Else it is kept, as are all words of a rule but its schedule. */
  readonly hasGrace: boolean
}

export type ExpectationChange = {
  readonly kind: 'missing' | 'differs' | 'surplus'
  readonly monitorKey: string
  readonly env?: string | undefined
  readonly origin: string
}

export interface MergedExpectations {
  readonly lines: readonly DiffLine[]
  readonly text: string
  readonly changes: readonly ExpectationChange[]
  /** Monitors that have a line of another origin, which stays. */
  readonly others: readonly { readonly monitorKey: string; readonly line: number }[]
}

interface FileLine {
  readonly text: string
  readonly expectation: Expectation | undefined
  readonly origin: string | undefined
}

export function mergeExpectations(
  text: string,
  wanted: readonly WantedExpectation[],
  { origins, hasGrace }: MergeOptions,
): MergedExpectations {
  const lines: DiffLine[] = []
  const changes: ExpectationChange[] = []
  const others: { monitorKey: string; line: number }[] = []
  const pending = new Map(wanted.map(each => [scopeOf(each.expectation), each]))
  const change = (kind: ExpectationChange['kind'], { monitorKey, env }: Expectation, origin: string) =>
    changes.push({ kind, monitorKey, env, origin })

  for (const [index, line] of linesOf(text).entries()) {
    const { expectation, origin } = line
    const next = expectation === undefined ? undefined : pending.get(scopeOf(expectation))
    if (expectation !== undefined && next !== undefined) pending.delete(scopeOf(expectation))
    if (expectation === undefined || origin === undefined || !origins.has(origin)) {
      lines.push({ kind: 'kept', text: line.text })
      if (next !== undefined) others.push({ monitorKey: next.expectation.monitorKey, line: index + 1 })
    } else if (next === undefined) {
      lines.push({ kind: 'removed', text: line.text })
      change('surplus', expectation, origin)
    } else {
      const replaced = lineOf({ ...next, expectation: merged(expectation, next.expectation, hasGrace) })
      if (replaced === line.text) lines.push({ kind: 'kept', text: line.text })
      else {
        lines.push({ kind: 'removed', text: line.text }, { kind: 'added', text: replaced })
        change('differs', expectation, origin)
      }
    }
  }
  completeLastLine(lines, pending.size > 0)
  for (const each of pending.values()) {
    lines.push({ kind: 'added', text: lineOf(each) })
    change('missing', each.expectation, each.origin)
  }
  const written = lines.filter(({ kind }) => kind !== 'removed').map(line => line.text)
  return { lines, text: written.join(''), changes, others }
}

/** What people have added to a line stays: only the schedule comes from the crontab. */
function merged(existing: Expectation, wanted: Expectation, hasGrace: boolean): Expectation {
  const { schedule, graceMs } = wanted.rule
  const grace = hasGrace || existing.rule.graceMs === undefined ? graceMs : existing.rule.graceMs
  return {
    ...wanted,
    rule: {
      ...existing.rule,
      ...(schedule !== undefined && { schedule }),
      ...(grace !== undefined && { graceMs: grace }),
    },
  }
}

const MARK = 'crontab '

function lineOf({ expectation, origin }: WantedExpectation): string {
  return `${formatExpectation(expectation)}  # ${MARK}${origin}\n`
}

function linesOf(text: string): FileLine[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map(line => {
    const [, content = '', comment = ''] = /^(.*?)(?:(?:^|\s)#(.*))?\r?\n?$/s.exec(line) ?? []
    const parsed = parseExpectation(content)
    const mark = comment.trim()
    return {
      text: line,
      expectation: parsed.ok ? parsed.expectation : undefined,
      origin: mark.startsWith(MARK) ? mark.slice(MARK.length) : undefined,
    }
  })
}

function completeLastLine(lines: DiffLine[], isFollowed: boolean): void {
  const last = lines.findLastIndex(({ kind }) => kind !== 'removed')
  const line = lines[last]
  if (!isFollowed || line === undefined || line.text.endsWith('\n')) return
  const text = `${line.text}\n`
  if (line.kind === 'added') lines[last] = { kind: 'added', text }
  else lines.splice(last, 1, { kind: 'removed', text: line.text }, { kind: 'added', text })
}

function scopeOf({ monitorKey, env }: Expectation): string {
  return JSON.stringify([monitorKey, env])
}

/** The monitors of the lines that `wrap` has written for other crontabs, of this host or another. */
export function keysOfOtherOrigins(text: string, origins: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(
    linesOf(text).flatMap(({ expectation, origin }) =>
      expectation === undefined || origin === undefined || origins.has(origin)
        ? []
        : [expectation.monitorKey],
    ),
  )
}
