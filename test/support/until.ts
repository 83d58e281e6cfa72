/** Waits for what nothing tells of, by looking again and again. */

/** Resolves with the first result that is neither false nor undefined; rejects after `timeoutMs`, naming `what`. */
export async function until<Result>(
  what: string,
  look: () => Result | Promise<Result>,
  timeoutMs = 8_000,
): Promise<Exclude<Result, false | undefined>> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const result = await look()
    if (result !== false && result !== undefined) return result as Exclude<Result, false | undefined>
    if (performance.now() > end) throw new Error(`not so within ${timeoutMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
