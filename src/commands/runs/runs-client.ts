/** Asks `cronitor serve` for runs. */

import type { Reader } from '../../client/reader.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import { wellFormed } from '../../telemetry/encoded-size.ts'
import { type AskedServer, interpretResponse, type RunsResponse } from './interpret-response.ts'
import type { RunsFlags } from './runs-request.ts'

/** Of the API. */
const MAX_PAGE = 1000

const TIMEOUT_MS = 30_000

/** How long the server is asked to wait for something new, in seconds: less than proxies take for a connection's death. */
const WAIT_SECONDS = 30

export interface RunsClient {
  /** The latest runs, oldest first, at most `limit`; `newest` is for `changed`. */
  readonly latest: (
    limit: number,
  ) => Promise<
    | { readonly kind: 'runs'; readonly runs: readonly RunJson[]; readonly newest: number }
    | Extract<RunsResponse, { kind: 'problem' }>
  >
  /** Those that have changed since, or as soon as one does; none after a while without any. */
  readonly changed: (after: number) => Promise<RunsResponse>
}

export function createRunsClient(
  reader: Reader,
  asked: AskedServer,
  filter: Pick<RunsFlags, 'state' | 'env'>,
  stop: AbortSignal,
): RunsClient {
  const base = new URL(asked.url).pathname.replace(/\/+$/, '')
  const path =
    asked.monitorKey === undefined
      ? '/api/runs'
      : `/api/monitors/${encodeURIComponent(asked.monitorKey)}/runs`

  async function ask(parameters: Readonly<Record<string, string | number | undefined>>, timeoutMs: number) {
    const query = Object.entries({ ...parameters, state: filter.state, env: filter.env })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(String(value)))}`)
      .join('&')
    return interpretResponse(await reader.get(`${base}${path}?${query}`, timeoutMs, stop), asked, Date.now())
  }

  return {
    async latest(limit) {
      const runs: RunJson[] = []
      let newest: number | undefined
      let before: number | undefined
      do {
        // The API has no pages without runs; one that nobody wants is not kept.
        const size = Math.min(Math.max(1, limit - runs.length), MAX_PAGE)
        const reading = await ask({ limit: size, before }, TIMEOUT_MS)
        if (reading.kind === 'problem') return reading
        newest ??= reading.page.newest
        before = reading.page.next
        runs.push(...reading.page.runs)
      } while (before !== undefined && runs.length < limit)
      return { kind: 'runs', runs: runs.slice(0, limit).reverse(), newest }
    },
    changed: after =>
      ask({ changed_after: after, limit: MAX_PAGE, wait: WAIT_SECONDS }, WAIT_SECONDS * 1000 + TIMEOUT_MS),
  }
}
