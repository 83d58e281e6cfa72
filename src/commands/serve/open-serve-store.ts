/** The store of `cronitor serve`: in which folder it is, and why it cannot be opened. */

import { StoreError } from '../../server/store/sqlite/store-error.ts'
import type { Store } from '../../server/store/store.ts'
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
 * The folder is made where it is not there; one that another user could change, or a folder above it, is refused.
 * `given` is what the command line says; then comes the environment, then the user's own folder.
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
      problem: 'there is no home folder to keep the database in: choose one with --data-dir',
    }
  }
  const trust = checkTrusted(dataDir, { euid })
  if (!trust.ok && trust.why === 'refused') {
    return {
      ok: false,
      problem: `cannot keep the database in ${dataDir}: ${trust.problem}; nobody but you may be able to write there, so change that or choose another folder with --data-dir`,
    }
  }
  try {
    makeFolders(dataDir)
  } catch (error) {
    return {
      ok: false,
      problem: `cannot make the folder ${dataDir}: ${describeSystemError(error)}; choose another one with --data-dir`,
    }
  }
  try {
    return { ok: true, store: await open({ dataDir }) }
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, problem: error.message }
    throw error
  }
}
