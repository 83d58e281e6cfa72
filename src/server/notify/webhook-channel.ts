/** `--notify-url`: sends each message as a POST request with JSON. */

import { type Client, openClient } from '../../client/http.ts'
import { retryAfterMs } from '../../client/retry-after.ts'
import { printableJson } from '../../system/printable.ts'
import { type Changes, type Channel, cursorName, type NotifyOutcome } from './channel.ts'
import { messageOf } from './message.ts'

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

  async function deliver(changes: Changes, signal: AbortSignal): Promise<NotifyOutcome> {
    if (isClosed) return { kind: 'delivered' }
    client ??= openClient({ origin, env, version })
    const body = printableJson(messageOf(changes))
    const answer = await (await client).send(
      { method: 'POST', origin, path: `${pathname}${search}`, headers, body },
      signal,
    )
    if (answer.kind === 'error') return { kind: 'failed', problem: answer.message }
    const { status, retryAfter } = answer
    // A receiver may know only messages with one change, or accept only small ones.
    if (changes.length > 1 && [400, 413, 422].includes(status)) {
      return { kind: 'refused-together', problem: `HTTP status ${status}` }
    }
    return outcomeOf(status, retryAfterMs(retryAfter, wallClock()))
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
