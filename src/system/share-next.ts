/** Shares one run of a task among all who ask for it. */

/**
 * Each call resolves with the result of a run that starts after the call. At most one run is under way; all calls that
 * arrive meanwhile share the next one.
 */
export function shareNext<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined
  let next: Promise<Result> | undefined
  const start = () => {
    const started = run().finally(() => {
      if (current === started) current = undefined
    })
    current = started
    return started
  }
  return () => {
    if (current === undefined) return start()
    const startNext = () => {
      next = undefined
      return start()
    }
    next ??= current.then(startNext, startNext)
    return next
  }
}
