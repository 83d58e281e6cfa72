/** The wrapper that `wrap` writes into crontabs. */

import { installedWrapper, isTemporary } from './wrapper-path.ts'

export type ChosenWrapper =
  | { readonly ok: true; readonly path: string }
  /** A sentence. */
  | { readonly ok: false; readonly problem: string }

/** @param given an absolute path */
export function chooseWrapper(given: string | undefined, find = installedWrapper): ChosenWrapper {
  if (given !== undefined) return { ok: true, path: given }
  const path = find()
  if (!isTemporary(path)) return { ok: true, path }
  return {
    ok: false,
    problem: `${path} is in a temporary folder, and jobs would fail once it is gone: install cronitor-exec, or name an installed one with --wrapper`,
  }
}
