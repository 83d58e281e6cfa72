/** `--database` and CRONITOR_DATABASE: where the store of `cronitor serve` is, if not in the data folder. */

import { type DatabaseAddress, parseDatabaseAddress } from '../../server/store/postgres/database-address.ts'
import type { Environment } from '../../settings/sources.ts'

export type DatabaseOption =
  /** Without an address, the store is in the data folder. */
  | { readonly ok: true; readonly address?: DatabaseAddress; readonly warning?: string }
  /** One line, without the password. */
  | { readonly ok: false; readonly problem: string }

const VISIBLE =
  'other users can see the password of --database in the process list: set CRONITOR_DATABASE instead, or keep the password in ~/.pgpass or the file of PGPASSFILE'

/** `given`: the value of the option. The environment also has libpq's variables. */
export function databaseOption(given: string | undefined, env: Environment): DatabaseOption {
  const url = given || env.CRONITOR_DATABASE?.trim()
  if (!url) return { ok: true }
  const parsed = parseDatabaseAddress(url, env)
  if (!parsed.ok) {
    return {
      ok: false,
      problem: `${given ? 'the URL of --database' : 'CRONITOR_DATABASE'} ${parsed.problem}`,
    }
  }
  const { address, hasPassword } = parsed
  return { ok: true, address, ...(given && hasPassword && { warning: VISIBLE }) }
}
