/** Explains why the server cannot listen on an address. */

import { errorCode } from '../../system/errors.ts'

/** `option`: the name of the option for the port. */
export function listenProblem(error: unknown, option: string): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `another program listens there already (choose another port with ${option}; 0 is any free one)`
    case 'EACCES':
      return `permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE (choose another port with ${option})`
    case 'EADDRNOTAVAIL':
      return 'this host does not have the address'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
