/**
 * Reads the parameters of an event as clients send them: what cannot be used is left out, and the rest is recorded.
 * `--strict` uses telemetry-parameters.ts alone.
 */

import type { Ignored } from '../http/ignored-counter.ts'
import type { ReceivedPair } from '../http/request-target.ts'
import { takeMetrics } from './take-metrics.ts'
import {
  type Draft,
  type EventFields,
  type Operation,
  PARSERS,
  type Validation,
} from './telemetry-parameters.ts'

/** Far more than the vendor's clients send. Each takes room in the database. */
const MAX_METRICS = 100

/** The vendor's command-line tool sends the number of the try, and on Windows the schedule: nothing that is recorded. */
const WITHOUT_USE: readonly string[] = ['try', 'schedule']

/** A value that cannot be used leaves the draft as it is. Returns what is wrong, if anything. */
type Take = (value: string, draft: Draft, operation: Operation) => readonly string[]

const NONE: readonly string[] = []

const asDescribed =
  (name: 'state' | 'env' | 'host' | 'series' | 'status_code' | 'stamp' | 'duration'): Take =>
  (value, draft) => {
    const problem = PARSERS[name](value, draft)
    return problem === undefined ? NONE : [problem]
  }

const takeMessage: Take = (value, draft) => {
  draft.message = value
  return NONE
}

const takeState = asDescribed('state')

const TICKS: readonly Operation[] = ['ping', 'anonymous']

/** All operations take all parameters, also those that the description declares only for some. */
const TAKES: ReadonlyMap<string, Take> = new Map<string, Take>([
  [
    'state',
    // `tick` is the heartbeat of the vendor's command-line tool.
    (value, draft, operation) =>
      takeState(value === 'tick' && TICKS.includes(operation) ? 'ok' : value, draft, operation),
  ],
  ['env', asDescribed('env')],
  ['host', asDescribed('host')],
  ['message', takeMessage],
  ['msg', takeMessage],
  [
    'metric',
    (value, draft) => {
      const { metrics, problems } = takeMetrics(value)
      draft.metrics.push(...metrics)
      return problems
    },
  ],
  ['duration', asDescribed('duration')],
  ['series', asDescribed('series')],
  ['status_code', asDescribed('status_code')],
  ['stamp', asDescribed('stamp')],
])

/** Each of these adds to the metrics. */
const REPEATABLE: readonly string[] = ['metric', 'duration']

/** The texts, in which U+FFFD replaces wrong bytes. In any other parameter, the value is wrong then. */
const TEXTS: readonly string[] = ['env', 'host', 'message', 'msg', 'series']

/**
 * Invalid only if the state is missing or unknown. Of a parameter that is given more than once, the last value that can be
 * used counts. `inPath` is the state in the path.
 */
export function takeParameters(
  operation: Operation,
  query: readonly ReceivedPair[],
  inPath?: EventFields['state'],
): Validation {
  const ignored: Ignored[] = []
  const ignore = (parameter: string, reason: string) => void ignored.push({ parameter, reason })
  const seen = new Set<string>()
  const draft: Draft = { metrics: [] }
  for (const [name, value, isRepaired = false] of query) {
    const take = TAKES.get(name)
    if (take === undefined) {
      if (!WITHOUT_USE.includes(name)) ignore(name, 'the API has no parameter of this name')
      continue
    }
    const field = name === 'msg' ? 'message' : name
    if (seen.has(field) && !REPEATABLE.includes(field))
      ignore(name, 'it is given more than once: the last one counts')
    seen.add(field)
    const problems = take(value, draft, operation)
    // An unknown state is never replaced by another one: it could mean a failure.
    if (name === 'state' && inPath === undefined && problems[0] !== undefined)
      return { kind: 'invalid', reason: problems[0], parameter: name }
    for (const problem of problems) ignore(name, problem)
    if (isRepaired && TEXTS.includes(name)) ignore(name, 'bytes that are not UTF-8 became U+FFFD')
  }
  if (inPath !== undefined && draft.state !== undefined && draft.state !== inPath)
    ignore('state', 'the state in the path counts')
  if (draft.metrics.length > MAX_METRICS) {
    draft.metrics.splice(MAX_METRICS)
    ignore('metric', `an event has at most ${MAX_METRICS} metrics`)
  }
  // A heartbeat of the vendor's SDKs, such as Event of the npm package.
  const state = inPath ?? draft.state ?? (operation === 'ping' ? 'ok' : undefined)
  if (state === undefined) return { kind: 'invalid', reason: 'state is missing', parameter: 'state' }
  return { kind: 'valid', fields: { ...draft, state }, ignored }
}
