/**
 * The courier: a process in the background that goes on delivering what a wrapper left in the spool, for some minutes.
 * What starts it is src/report/start-courier.ts.
 */

import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { acquireLock, adoptLock } from '../../system/lock.ts'
import { isInScope } from '../delivery-scope.ts'
import { drain } from '../drain/drain.ts'
import type { DrainTools } from '../drain/drain-tools.ts'
import { enforceLimits } from '../limits.ts'
import { oldestEvents } from '../list-events.ts'
import { recoverKilledRuns } from '../recovery.ts'
import { deliveryLockPath } from '../spool.ts'

/** How long it goes on trying, in milliseconds; then the rest is left to the next run. */
export const COURIER_MS = 15 * 60_000

/**
 * Delivers until nothing is left, the time is over, or the signal aborts. Returns at once where another process
 * delivers already. Rejects where the spool cannot be used.
 */
export async function carry(tools: DrainTools, signal: AbortSignal): Promise<void> {
  const { spool, key } = tools
  const path = deliveryLockPath(spool, key)
  let lock = adoptLock(path)
  for (;;) {
    if (lock === undefined) {
      const acquired = acquireLock(path, 'courier', spool.place)
      if (acquired.kind === 'busy') return
      lock = acquired.lock
    }
    let isBroken = false
    try {
      await recoverKilledRuns(spool)
      await enforceLimits(spool, () => signal.aborted)
      await drain(
        {
          ...tools,
          report(what) {
            isBroken ||= ['failed', 'newer', 'unreadable'].includes(what.kind)
            tools.report(what)
          },
        },
        signal,
      )
    } finally {
      lock.release()
    }
    // A wrapper that put something there while this was leaving has seen the lock, and starts no other courier.
    const left = await oldestEvents(spool, 'queue', name => isInScope(name, tools), 1)
    if (signal.aborted || isBroken || left.length === 0) return
    lock = undefined
  }
}

/**
 * Closes each descriptor from 3 up that came from the process that started this one: a lock, or a pipe that somebody
 * reads to its end. Node.js and libuv open all of theirs close-on-exec, and such descriptors cannot have been inherited;
 * proc_pid_fdinfo(5) has the flag (octal 2000000). Linux alone.
 */
export function closeInherited(): void {
  let names: string[]
  try {
    names = readdirSync('/proc/self/fdinfo')
  } catch {
    return
  }
  for (const name of names) {
    const descriptor = Number(name)
    if (descriptor < 3) continue
    try {
      const [, flags = ''] =
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')) ?? []
      if ((Number.parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(descriptor)
    } catch {
      // The one that the folder was read by.
    }
  }
}

const O_CLOEXEC = 0o2000000
