/** Finds the operation of the Telemetry API for a method and a path. */

import type { State } from '../../telemetry/event.ts'
import { isReservedName } from '../http/reserved-paths.ts'
import type { Operation } from './telemetry-parameters.ts'

export type FoundOperation =
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      readonly apiKey: string | undefined
      readonly monitorKey: string
      /** If the path names it. */
      readonly state?: State
    }
  | { readonly kind: 'no-such-path' }
  | { readonly kind: 'no-such-method'; readonly allow: readonly string[] }

type Operations = Readonly<Record<string, Operation>>

const WITH_KEY: Operations = { GET: 'get', POST: 'post', HEAD: 'head' }
/** The paths of the vendor's command-line tool. */
const VENDOR_TOOL: Operations = { GET: 'ping', POST: 'ping', HEAD: 'ping' }
const ANONYMOUS: Operations = { GET: 'anonymous' }
const ANONYMOUS_BY_ANY_METHOD: Operations = { GET: 'anonymous', POST: 'anonymous', HEAD: 'anonymous' }

/** `/MONITOR/STATE`, from the vendor's command-line tool if it has no API key (sendPing in its cmd/root.go). */
const STATES_IN_PATH: Readonly<Record<string, State>> = {
  run: 'run',
  complete: 'complete',
  fail: 'fail',
  ok: 'ok',
  tick: 'ok',
}

/** `segments` are decoded: a key may contain an encoded slash. `isStrict`: only what the API's description has. */
export function findOperation(
  method: string,
  segments: readonly string[],
  isStrict: boolean,
): FoundOperation {
  if (!isStrict && segments.length > 1 && segments.at(-1) === '')
    return findOperation(method, segments.slice(0, -1), false)
  if (segments.includes('')) return { kind: 'no-such-path' }
  const [first, second, third] = segments
  if (segments.length === 3 && second !== undefined && third !== undefined) {
    if (first === 'p') return choose(WITH_KEY, method, second, third)
    if (first === 'ping') return choose(VENDOR_TOOL, method, second, third)
  }
  if (first === undefined || isReservedName(first)) return { kind: 'no-such-path' }
  if (segments.length === 1) {
    return choose(isStrict ? ANONYMOUS : ANONYMOUS_BY_ANY_METHOD, method, undefined, first)
  }
  if (!isStrict && segments.length === 2 && second !== undefined && Object.hasOwn(STATES_IN_PATH, second)) {
    const found = choose(ANONYMOUS_BY_ANY_METHOD, method, undefined, first)
    const state = STATES_IN_PATH[second]
    return found.kind === 'operation' && state !== undefined ? { ...found, state } : found
  }
  return { kind: 'no-such-path' }
}

function choose(
  operations: Operations,
  method: string,
  apiKey: string | undefined,
  monitorKey: string,
): FoundOperation {
  const operation = Object.hasOwn(operations, method) ? operations[method] : undefined
  if (operation === undefined) return { kind: 'no-such-method', allow: Object.keys(operations) }
  return { kind: 'operation', operation, apiKey, monitorKey }
}
