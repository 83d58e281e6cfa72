/** One request that reached the test's Telemetry API, and what is wrong with it. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { checkRequest } from './api-validator.ts'

export interface RecordedRequest {
  readonly method: string
  /** The request target as it stood in the request line, still encoded. */
  readonly target: string
  /** The decoded parts of the path: `/p/KEY/MONITOR` has three, an anonymous one has one. */
  readonly path: readonly string[]
  readonly apiKey: string | undefined
  readonly monitorKey: string
  readonly params: URLSearchParams
  readonly state: string | null
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** When its head had arrived: `performance.now()`, in milliseconds. */
  readonly arrivedAt: number
  /** The status that it was answered with, once it was. */
  readonly answered: number | undefined
}

/** The same while it is being recorded. */
export type Recording = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] }

/** What the head of a request tells; its body and its answer come later. */
export function recordOf(message: IncomingMessage): Recording {
  const target = message.url ?? ''
  const mark = target.indexOf('?')
  const path = (mark < 0 ? target : target.slice(0, mark)).split('/').slice(1).map(decoded)
  const withKey = path.length === 3 && path[0] === 'p'
  const params = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  return {
    method: message.method ?? '',
    target,
    path,
    apiKey: withKey ? path[1] : undefined,
    monitorKey: (withKey ? path[2] : path[0]) ?? '',
    params,
    state: params.get('state'),
    headers: message.headers,
    body: Buffer.alloc(0),
    arrivedAt: performance.now(),
    answered: undefined,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** What the API's description does not allow, and misplaced API keys. */
export function problemsOf(request: RecordedRequest): string[] {
  const problems = checkRequest({ method: request.method, url: request.target, headers: request.headers })
  // A key belongs in the path and nowhere else. Shorter ones turn up in a text by chance.
  const key = request.apiKey
  if (key !== undefined && key.length >= 8) {
    for (const [name, value] of request.params) {
      if (value.includes(key)) problems.push(`/query/${name} holds the API key`)
    }
    for (const [name, value] of Object.entries(request.headers)) {
      if (String(value).includes(key)) problems.push(`the header ${name} holds the API key`)
    }
  }
  return problems
}
