/** What each operation of the Telemetry API takes, as data, and why a request is not taken. */

import { type Metric, STATES, type State } from '../telemetry/event.ts'
import { parseMetric } from '../telemetry/metric.ts'
import type { Pair } from './target.ts'

/** The fields of an event that stand in the query. */
export interface EventFields {
  readonly state: State
  readonly series?: string
  readonly host?: string
  readonly env?: string
  readonly statusCode?: number
  readonly metrics: readonly Metric[]
  readonly message?: string
  /** When it happened, in seconds since 1970. */
  readonly stamp?: number
}

export type Validation =
  | { readonly kind: 'valid'; readonly fields: EventFields }
  | { readonly kind: 'invalid'; readonly reason: string; readonly parameter: string }

/** JSON Schema counts the characters of a string by code points (RFC 8259; JSON Schema Validation, 6.3.1). */
const MAX_MESSAGE_CODE_POINTS = 2000

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
  message: (value, draft) => {
    if (codePoints(value) > MAX_MESSAGE_CODE_POINTS) {
      return `message has more than ${MAX_MESSAGE_CODE_POINTS} characters`
    }
    draft.message = value
    return undefined
  },
  metric: (value, draft) => {
    // The command line also takes NAME=VALUE; on the wire there is only the colon.
    const parsed = parseMetric(value)
    if (!parsed.ok || !/^[^=:]*:/.test(value)) {
      return 'metric has to be name:N, with a name of 1 to 63 of A-Z a-z 0-9 _ - and a finite decimal number'
    }
    draft.metrics.push(parsed.metric)
    return undefined
  },
  series: (value, draft) => {
    draft.series = value
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
} as const satisfies Record<string, Read>

type Parameter = keyof typeof PARAMETERS

const READ: Readonly<Record<Parameter, Read>> = PARAMETERS

/** The vendor's documentation lets this one be given more than once. */
const REPEATABLE: readonly Parameter[] = ['metric']

/** As the vendor's API description has it, but for `stamp`: the vendor's own SDKs send it, with each operation. */
const DECLARED = {
  get: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  post: ['state', 'env', 'host', 'message', 'metric', 'series', 'status_code', 'stamp'],
  head: ['state', 'env', 'message', 'metric', 'series', 'status_code', 'stamp'],
  anonymous: ['state', 'message', 'metric', 'series', 'stamp'],
} as const satisfies Record<string, readonly Parameter[]>

export type Operation = keyof typeof DECLARED

/** Parameters that the operation does not declare are refused: a client that sends them means something by them. */
export function validate(operation: Operation, query: readonly Pair[]): Validation {
  const declared: readonly Parameter[] = DECLARED[operation]
  const seen = new Set<string>()
  const draft: Draft = { metrics: [] }
  for (const [name, value] of query) {
    const parameter = declared.find(known => known === name)
    if (parameter === undefined) return invalid(name, 'the operation declares no such parameter')
    if (seen.has(parameter) && !REPEATABLE.includes(parameter)) {
      return invalid(parameter, `${parameter} is given more than once`)
    }
    seen.add(parameter)
    const problem = READ[parameter](value, draft)
    if (problem !== undefined) return invalid(parameter, problem)
  }
  const { state } = draft
  if (state === undefined) return invalid('state', 'state is missing')
  return { kind: 'valid', fields: { ...draft, state } }
}

function invalid(parameter: string, reason: string): Validation {
  return { kind: 'invalid', reason, parameter }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
