/** Opens the store of `cronitor serve`, and makes its data folder. */

import type { StorePlace } from '../../server/store/open-store.ts'
import type { DatabaseAddress } from '../../server/store/postgres/database-address.ts'
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

export interface StoreChoice {
  /** The value of --data-dir. Without it, the environment and then the default folder are used. */
  readonly dataDir: string | undefined
  /** Undefined: the database is in the data folder. */
  readonly address: DatabaseAddress | undefined
  /** True if the data folder is needed for something else than the database. */
  readonly keepsFiles: boolean
}

/** Creates the folder if it is missing. Refuses a folder that another user could change, or with such a folder above it. */
export async function openServeStore(
  { dataDir: given, address, keepsFiles }: StoreChoice,
  { env, euid }: { readonly env: Environment; readonly euid: number },
  open: (place: StorePlace) => Promise<Store>,
): Promise<OpenedStore> {
  let place: StorePlace | undefined = address && { address }
  if (place === undefined || keepsFiles) {
    const folder = makeDataFolder(dataDirOf(given, env, euid), euid)
    if (!folder.ok) return folder
    place ??= { dataDir: folder.dataDir }
  }
  try {
    return { ok: true, store: await open(place) }
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, problem: error.message }
    throw error
  }
}

type MadeFolder =
  | { readonly ok: true; readonly dataDir: string }
  | { readonly ok: false; readonly problem: string }

function makeDataFolder(dataDir: string | undefined, euid: number): MadeFolder {
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
  return { ok: true, dataDir }
}
