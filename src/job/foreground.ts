/** Finds out whether the terminal has already sent Ctrl-C to the job. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * True if this process is in the foreground process group of its terminal. Then each process of the group gets the INT
 * and QUIT of the keyboard (POSIX, 11.1.9). False without a terminal.
 */
export function isInForeground(): boolean {
  try {
    // After the command's name: state, ppid, pgrp, session, tty_nr, tpgid (proc_pid_stat(5)).
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [group, foreground] = (stdout ?? '').trim().split(/\s+/)
    return group !== undefined && group === foreground
  }
}
