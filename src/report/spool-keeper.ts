/** The spool as one command uses it: with the command's key, address, settings and notices. */

import type { Settings } from '../settings/settings.ts'
import { type DeliveryScope, type KeyFingerprint, keyFingerprint } from '../spool/delivery-scope.ts'
import { openSpool } from '../spool/open.ts'
import type { Spool } from '../spool/spool.ts'
import { answersIfRemote } from '../system/remote-file-system.ts'
import { deliveryScopeOf } from './destination.ts'
import type { Notices } from './notices/notices.ts'
import { noAnswer, warnCannotKeep } from './notices/spool-warnings.ts'

export interface SpoolKeeper extends DeliveryScope {
  readonly spool: Spool
  /** This and the settings change if the key file holds a new key. */
  key: KeyFingerprint
  settings: Settings
  readonly notices: Notices
  /** True if the series of the events is new: the queue, which may be large, need not be read for earlier ones. */
  readonly isNewSeries?: boolean
}

/** Undefined with `--no-spool`, or if the spool cannot be used; a warning says why. */
export async function openKeeper(settings: Settings, notices: Notices): Promise<SpoolKeeper | undefined> {
  const { spool, spoolDir } = settings
  if (spool && spoolDir !== undefined && !(await answersIfRemote(spoolDir))) {
    warnCannotKeep(notices, noAnswer(spoolDir))
    return undefined
  }
  const choice = await openSpool(settings)
  if (choice.kind === 'unusable') warnCannotKeep(notices, choice.problem)
  return choice.kind === 'open'
    ? { spool: choice.spool, ...deliveryScopeOf(settings), settings, notices }
    : undefined
}

/** Keeps later events for the new key, which is a secret too. */
export function useNewKey(keeper: SpoolKeeper, apiKey: string): void {
  const secrets = [...keeper.settings.secrets, apiKey]
  keeper.settings = { ...keeper.settings, key: apiKey, secrets }
  keeper.key = keyFingerprint(apiKey)
  keeper.notices.hideSecrets(secrets)
}
