/**
 * The parameters of the Telemetry API, to the letter of its description: how each is parsed, and which of them an operation
 * declares. take-parameters.ts reads those of clients that do not follow the description. A new one also needs a field in
 * store/event.ts and a column in store/ (incoming.ts, event-row.ts; schema.ts, packed-events.ts, record-events.ts).
 */

import { MAX_MESSAGE_LENGTH } from '../../telemetry/api-limits.ts'
import { type Metric, STATES } from '../../telemetry/event.ts'
import { parseMetric } from '../../telemetry/metric.ts'
import type { Ignored } from '../http/ignored-counter.ts'
import type { ReceivedPair } from '../http/request-target.ts'
import type { ReceivedEvent } from '../store/event.ts'

/** The fields of an event that come from the query. */
export type EventFields = Omit<ReceivedEvent, 'receivedAt' | 'monitorKey'>

export type Validation =
  | { readonly kind: 'valid'; readonly fields: EventFields; readonly ignored?: readonly Ignored[] }
  | { readonly kind: 'invalid'; readonly reason: string; readonly parameter: string }

const METRIC_RULE =
  'metric must be name:N, where the name has 1 to 63 of A-Z a-z 0-9 _ - and N is a finite decimal number'

export type Draft = { -readonly [Field in keyof EventFields]?: EventFields[Field] } & { metrics: Metric[] }

/** Sets a field of the draft; returns what is wrong with the value, if anything. */
type ParseParameter = (value: string, draft: Draft) => string | undefined

const PARAMETERS = {
  state: (value, draft) => {
    const state = STATES.find(known => known === value)
    if (state === undefined) return `state must be one of ${STATES.join(', ')}`
    draft.state = state
    return undefined
  },
  env: (value, draft) => {
    draft.env = value
    return undefined
  },
  host: (value, draft) => {
    draft.host = value
    return undefined
  },
  message: parseMessage,
  metric: (value, draft) =>
    // The command line also accepts NAME=VALUE; the API accepts a colon only.
    /^[^=:]*:/.test(value) ? parseMetricInto(value, draft) : METRIC_RULE,
  // An empty series is ignored. Otherwise, with `series=$UNSET` in a script, all runs would share a series, and later
  // ends would count as repeated ones.
  series: (value, draft) => {
    if (value !== '') draft.series = value
    return undefined
  },
  status_code: (value, draft) => {
    const statusCode = /^-?(0|[1-9][0-9]*)$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isSafeInteger(statusCode)) return 'status_code must be an integer'
    draft.statusCode = statusCode
    return undefined
  },
  stamp: (value, draft) => {
    const stamp = /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isFinite(stamp)) return 'stamp must be a decimal number of seconds since 1970'
    draft.stamp = stamp
    return undefined
  },
  // The remaining ones are sent to /ping by the vendor's command-line tool only.
  msg: parseMessage,
  duration: (value, draft) => {
    const parsed = parseMetric(`duration:${value}`)
    if (!parsed.ok) return 'duration must be a finite decimal number of seconds'
    draft.metrics.push(parsed.metric)
    return undefined
  },
} as const satisfies Record<string, ParseParameter>

type Parameter = keyof typeof PARAMETERS

export const PARSERS: Readonly<Record<Parameter, ParseParameter>> = PARAMETERS

/** The vendor's command-line tool also sends `metric=name=value`. */
const PING_PARSERS: Readonly<Record<Parameter, ParseParameter>> = { ...PARAMETERS, metric: parseMetricInto }

/** The vendor's documentation allows several of these in a request. */
const REPEATABLE: readonly Parameter[] = ['metric']

/** From the vendor's API description. `stamp` is added to each operation, since the vendor's SDKs send it. */
const DECLARED = {
  get: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  post: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  head: ['state', 'env', 'message', 'metric', 'series', 'status_code', 'stamp'],
  anonymous: ['state', 'message', 'metric', 'series', 'stamp'],
  // Not in the description: /ping/{apiKey}/{monitorKey}, with any method.
  ping: ['state', 'env', 'host', 'message', 'msg', 'metric', 'duration', 'series', 'status_code', 'stamp'],
} as const satisfies Record<string, readonly Parameter[]>

export type Operation = keyof typeof DECLARED

/**
 * For `--strict`. Parameters that the operation does not declare are ignored: the vendor's clients send `try` and `schedule`, and newer
 * clients may send others. A declared parameter must be valid and must not be repeated; `msg` counts as `message`.
 */
export function validateParameters(operation: Operation, query: readonly ReceivedPair[]): Validation {
  const declared: readonly Parameter[] = DECLARED[operation]
  const parsers = operation === 'ping' ? PING_PARSERS : PARSERS
  const seen = new Set<Parameter>()
  const draft: Draft = { metrics: [] }
  for (const [name, value] of query) {
    const parameter = declared.find(known => known === name)
    if (parameter === undefined) continue
    const canonical = parameter === 'msg' ? 'message' : parameter
    if (seen.has(canonical) && !REPEATABLE.includes(canonical)) {
      return invalid(parameter, `${parameter} is given more than once`)
    }
    seen.add(canonical)
    const problem = parsers[parameter](value, draft)
    if (problem !== undefined) return invalid(parameter, problem)
  }
  const { state } = draft
  if (state === undefined) return invalid('state', 'state is missing')
  return { kind: 'valid', fields: { ...draft, state } }
}

function parseMessage(value: string, draft: Draft): string | undefined {
  if (codePoints(value) > MAX_MESSAGE_LENGTH) {
    return `message has more than ${MAX_MESSAGE_LENGTH} characters`
  }
  draft.message = value
  return undefined
}

function parseMetricInto(value: string, draft: Draft): string | undefined {
  const parsed = parseMetric(value)
  if (!parsed.ok) return METRIC_RULE
  draft.metrics.push(parsed.metric)
  return undefined
}

function invalid(parameter: string, reason: string): Validation {
  return { kind: 'invalid', reason, parameter }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
