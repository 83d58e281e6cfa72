/** Takes an API key, checks it, and writes it into the settings file of this user. */

import { type FileOptions, settingsFiles } from '../../../settings/sources.ts'
import { plausibleKey } from './plausible-key.ts'
import { type NewSettings, writeSettings } from './write-settings.ts'

export type KeyStored =
  | { readonly kind: 'written'; readonly path: string }
  /** One line without anything of the key. */
  | { readonly kind: 'failed'; readonly problem: string }

/** The file that runs of this user read; undefined if there is no HOME. */
export function settingsTarget(options: FileOptions): string | undefined {
  const [file] = settingsFiles(options)
  return file === undefined || (file.kind === 'system' && options.euid !== 0) ? undefined : file.path
}

/**
 * @param ask called if there is a file to write to
 * @param more what else is written
 */
export async function storeKey(
  options: FileOptions,
  ask: () => Promise<string>,
  more: NewSettings = {},
): Promise<KeyStored> {
  const path = settingsTarget(options)
  if (path === undefined) {
    return {
      kind: 'failed',
      problem: 'HOME is not set, so there is no settings file: name one with --config',
    }
  }
  const key = plausibleKey(await ask())
  if (!key.ok) return { kind: 'failed', problem: `${key.problem}; ${path} was not changed` }
  return writeSettings(path, { CRONITOR_API_KEY: key.key, ...more }, options.euid)
}
