/** Requests runs from `cronitor serve`. */

import type { AnyReader } from '../../client/any-reader.ts'
import type { RunJson } from '../../server/api/run-json.ts'
import { wellFormed } from '../../telemetry/encoded-size.ts'
import { interpretResponse, type RunsResponse, type RunsServer } from './interpret-response.ts'
import type { RunsFlags } from './runs-request.ts'

/** The largest `limit` of /api/runs. */
const MAX_PAGE = 1000

const TIMEOUT_MS = 30_000

/** How long a request waits for a change, in seconds: less than the idle time-out of usual proxies. */
const WAIT_SECONDS = 30

export interface RunsClient {
  /** The latest runs, oldest first, at most `limit`; `newest` is the cursor for `changed`. */
  readonly latest: (
    limit: number,
  ) => Promise<
    | { readonly kind: 'runs'; readonly runs: readonly RunJson[]; readonly newest: number }
    | Extract<RunsResponse, { kind: 'problem' }>
  >
  /** Runs that changed after the cursor. Waits for a change; resolves without runs if there is none for a while. */
  readonly changed: (after: number) => Promise<RunsResponse>
}

/** @param reader adds the base path of the server */
export function createRunsClient(
  reader: Pick<AnyReader, 'get'>,
  server: RunsServer,
  filter: Pick<RunsFlags, 'state' | 'env'>,
  stop: AbortSignal,
): RunsClient {
  const path =
    server.monitorKey === undefined
      ? '/api/runs'
      : `/api/monitors/${encodeURIComponent(server.monitorKey)}/runs`

  async function request(parameters: Readonly<Record<string, string | number | undefined>>, waitSeconds = 0) {
    // An empty option counts as not given. To the server, an empty env means the runs without an environment.
    const query = Object.entries({ ...parameters, state: filter.state, env: filter.env || undefined })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(String(value)))}`)
      .join('&')
    const quietMs = waitSeconds * 1000
    const answer = await reader.get(`${path}?${query}`, quietMs + TIMEOUT_MS, stop, quietMs)
    return interpretResponse(answer, server, Date.now())
  }

  return {
    async latest(limit) {
      const runs: RunJson[] = []
      let newest: number | undefined
      let before: number | undefined
      do {
        // The smallest page of the API has one run; with a limit of 0 that run is dropped below.
        const size = Math.min(Math.max(1, limit - runs.length), MAX_PAGE)
        const response = await request({ limit: size, before })
        if (response.kind === 'problem') return response
        newest ??= response.page.newest
        before = response.page.next
        runs.push(...response.page.runs)
      } while (before !== undefined && runs.length < limit)
      return { kind: 'runs', runs: runs.slice(0, limit).reverse(), newest }
    },
    changed: after => request({ changed_after: after, limit: MAX_PAGE, wait: WAIT_SECONDS }, WAIT_SECONDS),
  }
}
