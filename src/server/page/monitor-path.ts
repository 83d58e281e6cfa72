/** Where a monitor's page is, and the id of its row. */

/** In an attribute, and in JSON for the client script: the same in both, for any key. */
export function rowId(key: string): string {
  return encodeURIComponent(key)
}

export interface MonitorSearch {
  /** Only runs of this environment; '' for runs without one. */
  readonly env?: string | undefined
  /** Only runs with a smaller id. */
  readonly before?: number | undefined
}

export function monitorPath(key: string, { env, before }: MonitorSearch = {}): string {
  const params = new URLSearchParams()
  if (env !== undefined) params.set('env', env)
  if (before !== undefined) params.set('before', String(before))
  return `/monitors/${encodeURIComponent(key)}${params.size > 0 ? `?${params}` : ''}`
}
