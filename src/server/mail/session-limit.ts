/** Ends SMTP sessions that last too long: one byte now and then would keep a connection for ever. */

import type { SMTPServer } from 'smtp-server'

/** Until the timer is cleared. It does not keep the process alive. */
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
