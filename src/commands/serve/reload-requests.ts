/** SIGHUP may arrive at any moment of the start, but a file can only be reloaded once its first content is in use. */

import type { ServeOptions } from './serve-options.ts'

/** Without files to read again, SIGHUP keeps its default: a closed terminal ends the server. */
export function hasFilesToReload({ apiKeyFile, tlsCert, expectFile }: ServeOptions): boolean {
  return apiKeyFile !== undefined || tlsCert !== undefined || expectFile !== undefined
}

export interface ReloadRequests {
  readonly request: () => void
  /** From now on, `run` is called for each request; at once if one has been made before. */
  readonly runBy: (run: () => void) => void
  /**
   * Repeats requests that are made while `start` runs: it may have read the old file already, and what it starts cannot be
   * told to reload before it has ended.
   */
  readonly repeatAfter: <Result>(start: () => Promise<Result>) => Promise<Result>
}

export function createReloadRequests(): ReloadRequests {
  let count = 0
  let run: (() => void) | undefined
  const request = () => {
    count += 1
    run?.()
  }
  return {
    request,
    runBy: next => {
      run = next
      if (count > 0) next()
    },
    repeatAfter: async start => {
      const before = count
      const result = await start()
      if (count > before) request()
      return result
    },
  }
}
