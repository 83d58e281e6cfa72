/** Opens the store of `cronitor serve` in the data folder. */

import type { Store } from '../../server/store/store.ts'
import { StoreError } from '../../server/store/store-error.ts'
import { dataDirOf } from '../../settings/default-folders.ts'
import type { Environment } from '../../settings/sources.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { makeFolders } from '../../system/make-folders.ts'
import { checkTrusted } from '../../system/trusted-path.ts'

export type OpenedStore =
  | { readonly ok: true; readonly store: Store }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

/**
 * Creates the folder if it is missing. Refuses a folder that another user could change, or with such a folder above it.
 * `given` is the value of --data-dir; without it, the environment and then the default folder are used.
 */
export async function openServeStore(
  given: string | undefined,
  { env, euid }: { readonly env: Environment; readonly euid: number },
  open: (folder: { readonly dataDir: string }) => Promise<Store>,
): Promise<OpenedStore> {
  const dataDir = dataDirOf(given, env, euid)
  if (dataDir === undefined) {
    return {
      ok: false,
      problem: 'there is no home folder for the database: choose a folder with --data-dir',
    }
  }
  const trust = checkTrusted(dataDir, { euid })
  if (!trust.ok && trust.why === 'refused') {
    return {
      ok: false,
      problem: `cannot keep the database in ${dataDir}: ${trust.problem}; only you may have write permission there: change the permissions, or choose another folder with --data-dir`,
    }
  }
  try {
    makeFolders(dataDir)
  } catch (error) {
    return {
      ok: false,
      problem: `cannot create the folder ${dataDir}: ${describeSystemError(error)}; choose another one with --data-dir`,
    }
  }
  try {
    return { ok: true, store: await open({ dataDir }) }
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, problem: error.message }
    throw error
  }
}
