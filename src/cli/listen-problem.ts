/** Why the system lets nobody listen on an address, in words. */

/** `option` names the port. */
export function listenProblem(error: unknown, option: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `something else listens there already (${option} chooses another, 0 any free one)`
    case 'EACCES':
      return 'permission denied'
    case 'EADDRNOTAVAIL':
      return 'it is no address of this host'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
