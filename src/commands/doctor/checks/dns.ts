/** Whether the name of the API's host, or of the proxy, has an address. */

import { type CheckResult, fine, problem, warning } from '../check-result.ts'
import type { LookedUp } from '../probes/look-up.ts'

/** @param isReached true if the connection works all the same */
export function checkDns(host: string, looked: LookedUp, isReached: boolean): CheckResult {
  switch (looked.kind) {
    case 'is-address':
      return fine('dns', `${host} is an address`)
    case 'found': {
      const { addresses, elapsedMs } = looked
      const facts = { host, addresses, ms: elapsedMs }
      const message = `${host} is ${addresses.join(', ')}, after ${elapsedMs} ms`
      return elapsedMs > SLOW_MS
        ? warning('dns', message, 'see resolv.conf(5): a name server answers late or not at all', facts)
        : fine('dns', message, facts)
    }
    case 'failed': {
      const make = isReached ? warning : problem
      return make('dns', looked.problem, 'see resolv.conf(5), nsswitch.conf(5) and the address of the API', {
        host,
      })
    }
    default:
      return looked satisfies never
  }
}

const SLOW_MS = 1000
