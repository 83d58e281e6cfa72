/** Lets a signal end the delivery first, so that the event can be kept before the process ends. */

export interface StopSignals {
  /** Aborts when a signal arrives. */
  readonly signal: AbortSignal
  /** The first signal that arrived. */
  readonly received: () => NodeJS.Signals | undefined
}

export function catchStopSignals(): StopSignals {
  const stop = new AbortController()
  let received: NodeJS.Signals | undefined
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(name, () => {
      received ??= name
      stop.abort()
    })
  }
  return { signal: stop.signal, received: () => received }
}
