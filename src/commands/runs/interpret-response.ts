/** What the answers of a server to `cronitor runs` mean. */

import type { ReadAnswer } from '../../client/reader.ts'
import { retryAfterMs } from '../../client/retry-after.ts'
import { shortened } from '../../server/api/event-line.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import type { RunPage } from '../../server/api/run-list.ts'
import { RUN_STATES } from '../../server/monitors/run-state.ts'

export type RunsResponse =
  | { readonly kind: 'page'; readonly page: RunPage }
  /** One line, without a key. `isPassing`: it may be over with the next try. */
  | {
      readonly kind: 'problem'
      readonly problem: string
      readonly isPassing: boolean
      readonly retryAfterMs?: number | undefined
    }

export interface AskedServer {
  /** The server's base address. */
  readonly url: string
  readonly hasKey: boolean
  readonly monitorKey: string | undefined
}

/** @param now wall-clock time in milliseconds since 1970, for a `Retry-After` that is a date */
export function interpretResponse(answer: ReadAnswer, asked: AskedServer, now: number): RunsResponse {
  if (answer.kind === 'error') {
    const hint =
      answer.code === 'ECONNREFUSED' ? ': start cronitor serve there, or name another by --url' : ''
    return { kind: 'problem', problem: `${answer.message}${hint}`, isPassing: true }
  }
  const { status, json } = answer
  if (status === 200) {
    const page = pageOf(json)
    return page === undefined ? lasting(notOurs(asked)) : { kind: 'page', page }
  }
  if (status === 408 || status === 429 || status >= 500) {
    const problem = `${asked.url} cannot answer now (HTTP status ${status}): try again later`
    return { kind: 'problem', problem, isPassing: true, retryAfterMs: retryAfterMs(answer.retryAfter, now) }
  }
  return lasting(refusalOf(status, json, asked))
}

function lasting(problem: string): RunsResponse {
  return { kind: 'problem', problem, isPassing: false }
}

function refusalOf(status: number, json: unknown, asked: AskedServer): string {
  const { error, parameter } = fieldsOf(json)
  // A proxy in between asks for credentials, and no key of ours is any.
  if (status === 407)
    return 'the proxy asks for a user name and a password: set them in HTTP_PROXY or HTTPS_PROXY'
  if (status === 401) {
    return asked.hasKey
      ? `${asked.url} does not know the API key: give one that is in the file of its --api-key-file`
      : `${asked.url} asks for an API key: set CRONITOR_API_KEY_FILE or use --api-key-file`
  }
  if (status >= 300 && status <= 399) {
    return `${asked.url} answers with a redirect, which is not followed: check --url`
  }
  if (typeof error !== 'string') return notOurs(asked, status)
  if (status === 404 && parameter === 'monitor' && asked.monitorKey !== undefined) {
    return `there is no monitor ${asked.monitorKey} at ${asked.url}: cronitor runs without a name shows all`
  }
  return `${asked.url} refuses: ${shortened(error, 200)} (HTTP status ${status})`
}

function notOurs({ url }: AskedServer, status?: number): string {
  const told = status === undefined ? '' : ` (HTTP status ${status})`
  return `${url} does not answer as cronitor serve does${told}: check --url`
}

/** Undefined where it is no page of runs. */
function pageOf(json: unknown): RunPage | undefined {
  const { runs, next, newest } = fieldsOf(json)
  if (!Array.isArray(runs) || !runs.every(isRun) || typeof newest !== 'number') return undefined
  if (next !== undefined && typeof next !== 'number') return undefined
  return { runs, next, newest }
}

function isRun(value: unknown): value is RunJson {
  const run = fieldsOf(value)
  const may = (type: 'string' | 'number', ...names: (keyof RunJson)[]) =>
    names.every(name => run[name] === undefined || typeof run[name] === type)
  return (
    typeof run.id === 'number' &&
    typeof run.monitor === 'string' &&
    RUN_STATES.some(state => state === run.state) &&
    may('string', 'series', 'started_at', 'ended_at', 'host', 'env', 'message') &&
    may('number', 'duration', 'status_code')
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
