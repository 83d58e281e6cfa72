/** `--notify-url`: sends a POST request with JSON for each change. */

import { type Client, openClient } from '../../client/http.ts'
import { retryAfterMs } from '../../client/retry-after.ts'
import { printableJson } from '../../system/printable.ts'
import type { HealthChange } from '../monitors/monitors.ts'
import { type Channel, cursorName, type NotifyOutcome } from './channel.ts'
import { notificationOf } from './notification.ts'

export interface WebhookOptions {
  /** http or https. A user name and password in it are sent as Basic authentication (RFC 7617). */
  readonly url: string
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** Redirects are not followed, and 10 seconds is the longest that an answer may take (client/http.ts). */
export function webhookChannel({ url, env, version, wallClock }: WebhookOptions): Channel {
  const { origin, pathname, search, username, password } = new URL(url)
  const headers = {
    'content-type': 'application/json',
    ...(username !== '' || password !== '' ? { authorization: basic(username, password) } : {}),
  }
  let client: Promise<Client> | undefined
  let isClosed = false

  async function deliver([change]: readonly HealthChange[], signal: AbortSignal): Promise<NotifyOutcome> {
    if (change === undefined || isClosed) return { kind: 'delivered' }
    client ??= openClient({ origin, env, version })
    const body = printableJson(notificationOf(change))
    const answer = await (await client).send(
      { method: 'POST', origin, path: `${pathname}${search}`, headers, body },
      signal,
    )
    return answer.kind === 'error'
      ? { kind: 'failed', problem: answer.message }
      : outcomeOf(answer.status, retryAfterMs(answer.retryAfter, wallClock()))
  }

  return {
    // Without the path, which is often a secret.
    name: `--notify-url ${origin}`,
    cursor: cursorName('url', url),
    deliver,
    close: () => {
      isClosed = true
      void client?.then(open => open.close())
    },
  }
}

/** As for events (client/outcome.ts): temporary errors are retried, refusals are not. */
function outcomeOf(status: number, wait: number | undefined): NotifyOutcome {
  const problem = `HTTP status ${status}`
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (status >= 300 && status < 400) {
    return { kind: 'refused', problem: `${problem}, a redirect, which is not followed` }
  }
  const isTemporary = status === 408 || status === 425 || status === 429 || status >= 500
  if (!isTemporary) return { kind: 'refused', problem }
  return wait === undefined ? { kind: 'failed', problem } : { kind: 'failed', problem, retryAfterMs: wait }
}

function basic(username: string, password: string): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
