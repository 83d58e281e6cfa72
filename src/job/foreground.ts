/** Finds out whether the terminal has already sent Ctrl-C to the job. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * True if this process is in its terminal's foreground process group: then INT and QUIT from the keyboard have reached each
 * process of the group (POSIX, 11.1.9). Without a terminal: false.
 */
export function isInForeground(): boolean {
  try {
    // proc_pid_stat(5): behind the command's name come state, ppid, pgrp, session, tty_nr, tpgid.
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
