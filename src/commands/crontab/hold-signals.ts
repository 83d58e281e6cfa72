/** Keeps signals from ending the process between two steps that belong together. */

/**
 * A signal of these ends the process once the event loop runs, so after all synchronous work: crontabs are written in a few
 * milliseconds.
 */
export function holdSignals(): void {
  for (const [name, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(name, () => process.exit(128 + number))
  }
}
