/** Keeps a connection that listens for notifications, and opens another one when it is lost. */

import { aborted } from '../../../system/aborted.ts'
import type { Sleep } from '../../../system/sleep.ts'
import type { Connection } from './connection.ts'

export interface ListenOptions {
  readonly open: () => Promise<Connection>
  readonly channel: string
  /** Called when notifications arrive from now on. */
  readonly onListening: () => void
  readonly onPayload: (payload: string) => void
  readonly stop: AbortSignal
  readonly sleep: Sleep
}

/** Between two tries to connect. */
const RETRY_MS = 2000

/** A connection that nobody answers on, after a fail-over for example, is found by a question this often. */
const PING_MS = 30_000
const PING_LIMIT_MS = 10_000

/** Resolves once `stop` aborts; never rejects. */
export async function keepListening(options: ListenOptions): Promise<void> {
  const { open, stop, sleep } = options
  while (!stop.aborted) {
    let connection: Connection | undefined
    try {
      connection = await open()
      await listen(connection, options)
    } catch {
      // The database is away, or takes no LISTEN, as CockroachDB does.
    }
    connection?.end()
    await sleep(RETRY_MS, stop)
  }
}

/** Resolves when the connection is lost, does not answer any more, or `stop` aborts. */
async function listen(
  connection: Connection,
  { channel, onListening, onPayload, stop, sleep }: ListenOptions,
): Promise<void> {
  const lost = new AbortController()
  connection.onEnd(() => lost.abort())
  connection.onNotification((_channel, payload) => onPayload(payload))
  await connection.query(`LISTEN ${channel}`)
  onListening()
  const over = AbortSignal.any([stop, lost.signal])
  for (;;) {
    await sleep(PING_MS, over)
    if (over.aborted) return
    const answered = new AbortController()
    const late = sleep(PING_LIMIT_MS, AbortSignal.any([over, answered.signal]))
    const answer = connection.query('SELECT 1').then(() => answered.abort())
    await Promise.race([answer, late, aborted(over)])
    if (!answered.signal.aborted) return
  }
}
