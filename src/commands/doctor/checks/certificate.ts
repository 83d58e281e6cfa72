/** The certificate of the API's host. */

import { type CheckResult, fine, problem, warning } from '../check-result.ts'
import type { PeerCertificate } from '../probes/peer-certificate.ts'

const DAY_MS = 86_400_000
const NEAR_MS = 14 * DAY_MS

export function checkRefusedCertificate(why: string): CheckResult {
  const advice =
    'if the authority is your own, name it with NODE_EXTRA_CA_CERTS, or add it to the authorities of the system'
  return problem('certificate', why, advice)
}

/**
 * @param store the authorities that have verified it
 * @param now milliseconds since 1970
 */
export function checkCertificate(
  certificate: PeerCertificate | undefined,
  store: string,
  now: number,
): CheckResult {
  const { ends, issuer } = certificate ?? {}
  const verified = `verified with ${store}`
  if (ends === undefined) return fine('certificate', verified, { store })
  const day = new Date(ends).toISOString().slice(0, 10)
  const message = `${verified}; issued by ${issuer || 'an authority without a name'}, and ends on ${day}`
  const facts = { store, issuer, ends: new Date(ends).toISOString() }
  const days = Math.floor((ends - now) / DAY_MS)
  return ends - now < NEAR_MS
    ? warning(
        'certificate',
        `${message}, in ${days} ${days === 1 ? 'day' : 'days'}`,
        'have it renewed',
        facts,
      )
    : fine('certificate', message, facts)
}
