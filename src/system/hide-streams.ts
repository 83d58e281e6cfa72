/** In the executable: keeps everything from using the standard streams. For Node.js, bin/cronitor-exec.js does it. */

/**
 * Other processes share stdin, stdout and stderr with the wrapper. Using `process.stdout` makes the descriptor non-blocking for
 * all of them, so the wrapper writes its messages to the descriptors. Returns a function that restores the streams.
 */
export function hideStreams(): () => void {
  const streams = (['stdin', 'stdout', 'stderr'] as const).map(name => {
    const descriptor = Object.getOwnPropertyDescriptor(process, name) ?? {}
    Object.defineProperty(process, name, { value: { isTTY: false }, configurable: true, enumerable: true })
    return [name, descriptor] as const
  })
  return () => {
    for (const [name, descriptor] of streams) Object.defineProperty(process, name, descriptor)
  }
}
