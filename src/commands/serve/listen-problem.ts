/** Why the system lets nobody listen on an address, in words. */

import { errorCode } from '../../system/errors.ts'

/** `option` names the port. */
export function listenProblem(error: unknown, option: string): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `something else listens there already (${option} chooses another, 0 any free one)`
    case 'EACCES':
      return `permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE (${option} chooses another)`
    case 'EADDRNOTAVAIL':
      return 'it is no address of this host'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
