/** In the executable: collects the signals that arrive before the job has started. For Node.js, bin/cronitor-exec.js does it. */

const SIGNALS = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGTSTP',
  'SIGALRM',
] as const

/** Returns a function that stops collecting and returns the signals. Call it once other handlers are in place. */
export function collectSignals(): () => NodeJS.Signals[] {
  const received: NodeJS.Signals[] = []
  const collect = (signal: NodeJS.Signals): void => void received.push(signal)
  for (const signal of SIGNALS) process.on(signal, collect)
  return () => {
    for (const signal of SIGNALS) process.off(signal, collect)
    return received
  }
}
