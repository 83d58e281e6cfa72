/** The store of `cronitor serve`: in which folder it is, and why it cannot be opened. */

import type { Store } from '../collector/store/store.ts'
import { StoreError } from '../collector/store/store-error.ts'
import { dataDirOf } from '../settings/data-folder.ts'
import type { Environment } from '../settings/sources.ts'

export type OpenedStore =
  | { readonly ok: true; readonly store: Store }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

/** `given` is what the command line says; then comes the environment, then the user's own folder. */
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
  try {
    return { ok: true, store: await open({ dataDir }) }
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, problem: error.message }
    throw error
  }
}
