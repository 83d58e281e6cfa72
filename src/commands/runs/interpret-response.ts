/** Interprets the server's responses to `cronitor runs`, and words the problems. */

import type { ReadAnswer } from '../../client/json-client.ts'
import { retryAfterMs } from '../../client/retry-after.ts'
import { shortened } from '../../server/api/event-line.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import type { RunPage } from '../../server/api/run-list.ts'
import { RUN_STATES } from '../../server/monitors/run-state.ts'

export type RunsResponse =
  | { readonly kind: 'page'; readonly page: RunPage }
  /** `problem` is one line and contains no key. `isTemporary`: a retry may succeed. */
  | {
      readonly kind: 'problem'
      readonly problem: string
      readonly isTemporary: boolean
      readonly retryAfterMs?: number | undefined
    }

export interface RunsServer {
  /** The server's base address, or several that are joined by `or`. */
  readonly url: string
  readonly hasKey: boolean
  readonly monitorKey: string | undefined
}

/** @param now wall-clock time in milliseconds since 1970, for a `Retry-After` that is a date */
export function interpretResponse(answer: ReadAnswer, server: RunsServer, now: number): RunsResponse {
  if (answer.kind === 'error') {
    const hint =
      answer.code === 'ECONNREFUSED' ? ': start cronitor serve there, or give another address with --url' : ''
    return { kind: 'problem', problem: `${answer.message}${hint}`, isTemporary: true }
  }
  const { status, json } = answer
  if (status === 200) {
    const page = pageOf(json)
    return page === undefined ? permanentProblem(notCronitorServe(server)) : { kind: 'page', page }
  }
  if (status === 408 || status === 429 || status >= 500) {
    const problem = `${server.url} cannot answer now (HTTP status ${status}): try again later`
    return { kind: 'problem', problem, isTemporary: true, retryAfterMs: retryAfterMs(answer.retryAfter, now) }
  }
  return permanentProblem(refusalOf(status, json, server))
}

function permanentProblem(problem: string): RunsResponse {
  return { kind: 'problem', problem, isTemporary: false }
}

function refusalOf(status: number, json: unknown, server: RunsServer): string {
  const { error, parameter } = fieldsOf(json)
  // A proxy wants credentials, which no API key can replace.
  if (status === 407)
    return 'the proxy asks for a user name and a password: set them in HTTP_PROXY or HTTPS_PROXY'
  if (status === 401) {
    return server.hasKey
      ? `${server.url} does not know the API key: use one from the file of its --api-key-file`
      : `${server.url} asks for an API key: set CRONITOR_API_KEY_FILE or use --api-key-file`
  }
  if (status >= 300 && status <= 399) {
    return `${server.url} answers with a redirect, which is not followed: check --url`
  }
  if (typeof error !== 'string') return notCronitorServe(server, status)
  if (status === 404 && parameter === 'monitor' && server.monitorKey !== undefined) {
    return `there is no monitor ${server.monitorKey} at ${server.url}: run cronitor runs without a key to see all`
  }
  return `${server.url} refuses the request: ${shortened(error, 200)} (HTTP status ${status})`
}

function notCronitorServe({ url }: RunsServer, status?: number): string {
  const suffix = status === undefined ? '' : ` (HTTP status ${status})`
  return `${url} does not answer as cronitor serve does${suffix}: check --url`
}

/** Undefined if it is not a page of runs. */
function pageOf(json: unknown): RunPage | undefined {
  const { runs, next, newest } = fieldsOf(json)
  if (!Array.isArray(runs) || !runs.every(isRun) || typeof newest !== 'number') return undefined
  if (next !== undefined && typeof next !== 'number') return undefined
  return { runs, next, newest }
}

function isRun(value: unknown): value is RunJson {
  const run = fieldsOf(value)
  const isOptional = (type: 'string' | 'number', ...names: (keyof RunJson)[]) =>
    names.every(name => run[name] === undefined || typeof run[name] === type)
  return (
    typeof run.id === 'number' &&
    typeof run.monitor === 'string' &&
    RUN_STATES.some(state => state === run.state) &&
    isOptional('string', 'series', 'started_at', 'ended_at', 'host', 'env', 'message') &&
    isOptional('number', 'duration', 'status_code')
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
