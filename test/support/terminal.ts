/** Runs a program in a real pseudo-terminal, through python3's `pty` module. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import { type Running, type RunOptions, start } from './run.ts'

/** The interpreter itself: what is on PATH may be a script that looks for it. */
const probe = spawnSync('python3', ['-c', 'import pty, sys; print(sys.executable)'], { encoding: 'utf8' })

export const hasPty = probe.status === 0
export const python = probe.status === 0 ? probe.stdout.trim() : ''

export interface Terminal extends Running {
  /** As at the keyboard; what is shown comes on `stdout`, with CR LF for each newline. */
  readonly type: (text: string) => void
  readonly resize: () => void
  /** Takes the terminal away, as a closed window does. */
  readonly hangUp: () => void
}

export const CTRL_C = '\x03'
export const CTRL_BACKSLASH = '\x1c'
export const CTRL_Z = '\x1a'
export const CTRL_S = '\x13'
export const CTRL_Q = '\x11'

const started: Running[] = []

// A test that fails would leave processes that wait for it; with its terminal, a session gets HUP.
afterEach(() => {
  for (const running of started.splice(0)) running.signalGroup('SIGKILL')
})

/** Ends with the program's status, or 128 and the signal's number. */
export function startInTerminal(argv: readonly string[], options: RunOptions = {}): Terminal {
  const script = fileURLToPath(new URL('in-terminal.py', import.meta.url))
  const running = start([python, script, ...argv], {
    ...options,
    env: { TERM: 'dumb', PS1: '$ ', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  started.push(running)
  return {
    ...running,
    type: text => void running.stdin?.write(text),
    resize: () => running.signal('SIGUSR1'),
    hangUp: () => running.signal('SIGUSR2'),
  }
}

/** What the terminal has shown, with newlines as the programs wrote them. */
export function shown(terminal: Running): string {
  return String(terminal.output().stdout).replaceAll('\r\n', '\n')
}
