/** A real pseudo-terminal, through python3, because Node.js cannot open one. */

import { spawnSync } from 'node:child_process'

/** Why there is none; undefined if python3 has `pty`. */
export const noPty: string | undefined =
  spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'python3 has no pty here'

/** Runs its arguments with a terminal as stdin, stdout and stderr, copies what they print, and ends with their status. */
const UNDER_PTY = `
import os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`

/** The command that runs `argv` in a new terminal. */
export function underPty(argv: readonly string[]): readonly string[] {
  return ['python3', '-c', UNDER_PTY, ...argv]
}
