/** Finds the operation of the Telemetry API for a method and a path. */

import { isReservedName } from '../http/reserved-paths.ts'
import type { Operation } from './telemetry-parameters.ts'

export type FoundOperation =
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      readonly apiKey: string | undefined
      readonly monitorKey: string
    }
  | { readonly kind: 'no-such-path' }
  | { readonly kind: 'no-such-method'; readonly allow: readonly string[] }

type Operations = Readonly<Record<string, Operation>>

const WITH_KEY: Operations = { GET: 'get', POST: 'post', HEAD: 'head' }
/** The paths of the vendor's command-line tool. */
const VENDOR_TOOL: Operations = { GET: 'ping', POST: 'ping', HEAD: 'ping' }
const ANONYMOUS: Operations = { GET: 'anonymous' }

/** `segments` are decoded: a key may contain an encoded slash. */
export function findOperation(method: string, segments: readonly string[]): FoundOperation {
  if (segments.includes('')) return { kind: 'no-such-path' }
  const [first, second, third] = segments
  if (segments.length === 3 && second !== undefined && third !== undefined) {
    if (first === 'p') return choose(WITH_KEY, method, second, third)
    if (first === 'ping') return choose(VENDOR_TOOL, method, second, third)
  }
  if (segments.length === 1 && first !== undefined && !isReservedName(first)) {
    return choose(ANONYMOUS, method, undefined, first)
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
