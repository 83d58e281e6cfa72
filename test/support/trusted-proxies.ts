import { parseNetworkList } from '../../src/commands/serve/parse-network-list.ts'
import { createNetworkList, type NetworkList } from '../../src/server/http/network-list.ts'

/** As `--trust-proxy` with this value. */
export function trusted(text: string): NetworkList {
  const parsed = parseNetworkList(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return createNetworkList(parsed.networks)
}
