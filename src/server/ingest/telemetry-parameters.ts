/** What each operation of the Telemetry API takes, as data, and why a request is not taken. */

import { MAX_MESSAGE_LENGTH } from '../../telemetry/api-limits.ts'
import { type Metric, STATES } from '../../telemetry/event.ts'
import { parseMetric } from '../../telemetry/metric.ts'
import type { Pair } from '../http/request-target.ts'
import type { ReceivedEvent } from '../store/event.ts'

/** The fields of an event that stand in the query. */
export type EventFields = Omit<ReceivedEvent, 'receivedAt' | 'monitorKey'>

export type Validation =
  | { readonly kind: 'valid'; readonly fields: EventFields }
  | { readonly kind: 'invalid'; readonly reason: string; readonly parameter: string }

const METRIC_RULE =
  'metric has to be name:N, with a name of 1 to 63 of A-Z a-z 0-9 _ - and a finite decimal number'

type Draft = { -readonly [Field in keyof EventFields]?: EventFields[Field] } & { metrics: Metric[] }

/** Puts a value into the draft, or says what is wrong with it. */
type Read = (value: string, draft: Draft) => string | undefined

const PARAMETERS = {
  state: (value, draft) => {
    const state = STATES.find(known => known === value)
    if (state === undefined) return `state has to be one of ${STATES.join(', ')}`
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
  message: readMessage,
  metric: (value, draft) =>
    // The command line also takes NAME=VALUE; on the wire of the API there is only the colon.
    /^[^=:]*:/.test(value) ? readMetric(value, draft) : METRIC_RULE,
  // An empty one is none: `series=$UNSET` in a script would else make one run of all, and take the next end for a repetition.
  series: (value, draft) => {
    if (value !== '') draft.series = value
    return undefined
  },
  status_code: (value, draft) => {
    const statusCode = /^-?(0|[1-9][0-9]*)$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isSafeInteger(statusCode)) return 'status_code has to be an integer'
    draft.statusCode = statusCode
    return undefined
  },
  stamp: (value, draft) => {
    const stamp = /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isFinite(stamp)) return 'stamp has to be a decimal number of seconds since 1970'
    draft.stamp = stamp
    return undefined
  },
  // From here on: the dialect of the vendor's command line, which sends them to /ping.
  msg: readMessage,
  duration: (value, draft) => {
    const parsed = parseMetric(`duration:${value}`)
    if (!parsed.ok) return 'duration has to be a finite decimal number of seconds'
    draft.metrics.push(parsed.metric)
    return undefined
  },
} as const satisfies Record<string, Read>

type Parameter = keyof typeof PARAMETERS

const READ: Readonly<Record<Parameter, Read>> = PARAMETERS

/** Of the dialect: `metric=name=value` is a metric as well. */
const READ_DIALECT: Readonly<Record<Parameter, Read>> = { ...PARAMETERS, metric: readMetric }

/** The vendor's documentation lets this one be given more than once. */
const REPEATABLE: readonly Parameter[] = ['metric']

/** As the vendor's API description has it, but for `stamp`: the vendor's own SDKs send it, with each operation. */
const DECLARED = {
  get: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  post: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  head: ['state', 'env', 'message', 'metric', 'series', 'status_code', 'stamp'],
  anonymous: ['state', 'message', 'metric', 'series', 'stamp'],
  // Not in the description: /ping/{apiKey}/{monitorKey}, by whatever method.
  ping: ['state', 'env', 'host', 'message', 'msg', 'metric', 'duration', 'series', 'status_code', 'stamp'],
} as const satisfies Record<string, readonly Parameter[]>

export type Operation = keyof typeof DECLARED

/**
 * Parameters that the operation does not declare are ignored, as HTTP servers do: the vendor's clients send `try` and
 * `schedule`, and a client that is newer than this server what nobody can know. One that is declared has to be right,
 * and is given once, under whichever of its names.
 */
export function validateParameters(operation: Operation, query: readonly Pair[]): Validation {
  const declared: readonly Parameter[] = DECLARED[operation]
  const read = operation === 'ping' ? READ_DIALECT : READ
  const seen = new Set<Parameter>()
  const draft: Draft = { metrics: [] }
  for (const [name, value] of query) {
    const parameter = declared.find(known => known === name)
    if (parameter === undefined) continue
    const meant = parameter === 'msg' ? 'message' : parameter
    if (seen.has(meant) && !REPEATABLE.includes(meant)) {
      return invalid(parameter, `${parameter} is given more than once`)
    }
    seen.add(meant)
    const problem = read[parameter](value, draft)
    if (problem !== undefined) return invalid(parameter, problem)
  }
  const { state } = draft
  if (state === undefined) return invalid('state', 'state is missing')
  return { kind: 'valid', fields: { ...draft, state } }
}

function readMessage(value: string, draft: Draft): string | undefined {
  if (codePoints(value) > MAX_MESSAGE_LENGTH) {
    return `message has more than ${MAX_MESSAGE_LENGTH} characters`
  }
  draft.message = value
  return undefined
}

function readMetric(value: string, draft: Draft): string | undefined {
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
