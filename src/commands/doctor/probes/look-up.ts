/** Looks up the addresses of a host name. */

import { isIP } from 'node:net'
import { connectionProblem } from '../../../client/connection-problem.ts'
import { lookup } from '../../../client/dns.ts'
import { withoutBrackets } from '../../../client/proxy.ts'
import { monotonicMs } from '../../../system/clock.ts'
import { withTimeLimit } from '../../../system/time-limit.ts'

export type LookedUp =
  | { readonly kind: 'is-address' }
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly elapsedMs: number }
  | { readonly kind: 'failed'; readonly problem: string }

/** The tools, for tests. */
export interface LookUpTools {
  readonly lookup: typeof lookup
  readonly now: () => number
}

/** Never rejects. */
export async function lookUp(
  hostname: string,
  timeoutMs: number,
  tools: LookUpTools = { lookup, now: monotonicMs },
): Promise<LookedUp> {
  const host = withoutBrackets(hostname)
  if (isIP(host) !== 0) return { kind: 'is-address' }
  const start = tools.now()
  const asked = new Promise<LookedUp>(resolve =>
    tools.lookup(host, { all: true }, (error, found) => {
      if (error !== null || typeof found === 'string') {
        resolve({ kind: 'failed', problem: connectionProblem(error, { host }) })
        return
      }
      const addresses = found.map(({ address }) => address)
      resolve({ kind: 'found', addresses, elapsedMs: Math.round(tools.now() - start) })
    }),
  )
  const late: LookedUp = {
    kind: 'failed',
    problem: `no name server has an answer for ${host} within ${timeoutMs / 1000} s`,
  }
  return (await withTimeLimit(asked, timeoutMs)) ?? late
}
