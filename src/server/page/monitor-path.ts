/** Where a monitor's page is, and the id of its row. */

/** In an attribute, and in JSON for the client script: the same in both, for any key. */
export function rowId(key: string): string {
  return encodeURIComponent(key)
}

export function monitorPath(key: string): string {
  return `/monitors/${encodeURIComponent(key)}`
}
