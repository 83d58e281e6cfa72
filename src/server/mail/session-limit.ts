/**
 * Ends SMTP sessions that last too long. Without it, a client could keep its connection forever by sending a byte now
 * and then.
 */

import type { SMTPServer } from 'smtp-server'

/** Checks until the returned timer is cleared. The timer does not keep the process running. */
export function endLongSessions(
  server: Pick<SMTPServer, 'connections'>,
  maxMs: number,
  clock: () => number = () => performance.now(),
): NodeJS.Timeout {
  type Connection = typeof server.connections extends Set<infer Each> ? Each : never
  const firstSeen = new WeakMap<Connection, number>()
  return setInterval(
    () => {
      const now = clock()
      for (const connection of server.connections) {
        const since = firstSeen.get(connection)
        if (since === undefined) firstSeen.set(connection, now)
        // 421 closes the connection.
        else if (now - since > maxMs) connection.send(421, '4.4.2 the session lasts too long', false)
      }
    },
    Math.ceil(maxMs / 10),
  ).unref()
}
