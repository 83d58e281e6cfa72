/** Waits for a condition that raises no event, by looking again and again. */

/** Resolves with the first result that is neither false nor undefined; rejects after `timeoutMs`, naming `what`. */
export async function until<Result>(
  what: string | (() => string),
  look: () => Result | Promise<Result>,
  timeoutMs = 60_000,
): Promise<Exclude<Result, false | undefined>> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const result = await look()
    if (result !== false && result !== undefined) return result as Exclude<Result, false | undefined>
    if (performance.now() > end)
      throw new Error(`not within ${timeoutMs} ms: ${typeof what === 'string' ? what : what()}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
