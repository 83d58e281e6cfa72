import { parseTrustedProxies } from '../../src/commands/serve/parse-trusted-proxies.ts'
import { createTrustedProxies, type TrustedProxies } from '../../src/server/http/trusted-proxies.ts'

/** As `--trust-proxy` with this value. */
export function trusted(text: string): TrustedProxies {
  const parsed = parseTrustedProxies(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return createTrustedProxies(parsed.networks)
}
