/** The state of a process, from Linux's /proc (proc_pid_stat(5) and its neighbours). */

import { constants, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

export const hasProc = existsSync('/proc/self/stat')

interface Stat {
  /** R, S, D, T (stopped), Z (ended, not yet waited for) … */
  readonly state: string
  readonly parent: number
  readonly group: number
}

/** Undefined: there is no such process. The number of a thread is taken too. */
export function statOf(pid: number | string): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent), group: Number(group) }
  } catch {
    return undefined
  }
}

/** Has it ended? One that nobody has waited for yet counts as ended. */
export function isGone(pid: number): boolean {
  const stat = statOf(pid)
  return stat === undefined || stat.state === 'Z'
}

export function isStopped(pid: number): boolean {
  return statOf(pid)?.state === 'T'
}

/** The processes for which `accept` holds, but for those that have ended. */
export function processes(accept: (stat: Stat, pid: number) => boolean): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      const stat = statOf(pid)
      return stat !== undefined && stat.state !== 'Z' && accept(stat, pid)
    })
}

/** Open descriptors and their targets, as readlink(2) gives them; empty if the process is gone. */
export function descriptorsOf(pid: number): ReadonlyMap<number, string> {
  const open = new Map<number, string>()
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      try {
        open.set(Number(name), readlinkSync(`/proc/${pid}/fd/${name}`))
      } catch {
        // Closed meanwhile.
      }
    }
  } catch {
    // Gone.
  }
  return open
}

/** Which of its descriptors 0, 1, 2 are in non-blocking mode? */
export function nonBlockingOf(pid: number): number[] {
  return [0, 1, 2].filter(fd => {
    const [, flags = '0'] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? []
    return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0
  })
}

/** Does it listen on a TCP port that somebody could connect to, which nobody can on the broadcast address? */
export function isListening(pid: number, looks = new Map<string, number>()): boolean {
  const sockets = new Set([...descriptorsOf(pid).values()].filter(each => each.startsWith('socket:')))
  // The kernel takes some 10 ms for each table: in a loop that would leave the tests' own API no time to answer.
  if ([...sockets].every(socket => (looks.get(socket) ?? 0) >= ENOUGH_LOOKS)) return false
  for (const socket of sockets) looks.set(socket, (looks.get(socket) ?? 0) + 1)
  return ['tcp', 'tcp6'].some(table =>
    readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .some(line => {
        // proc_net(5): the 2nd column is the address; the 4th column is the state, 0A for LISTEN; the 10th is the inode.
        const columns = line.trim().split(/\s+/)
        return (
          columns[3] === '0A' && !columns[1]?.startsWith('FFFFFFFF:') && sockets.has(`socket:[${columns[9]}]`)
        )
      }),
  )
}

/** A socket that was found not to listen so many times is taken for another kind. */
const ENOUGH_LOOKS = 3

/** Are no signals on their way to it, and do all its threads wait for something? */
export function isIdle(pid: number): boolean {
  try {
    // One of them may be about to tell the main thread of what was written.
    const waits = readdirSync(`/proc/${pid}/task`).every(thread => statOf(thread)?.state === 'S')
    if (!waits) return false
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)/gm)].every(
      ([, mask = '']) => BigInt(`0x${mask}`) === 0n,
    )
    return pending
  } catch {
    return false
  }
}
