/** `cronitor configure`: writes the API key into the settings file of this user. */

import { isatty } from 'node:tty'
import { createNotices } from '../../../report/notices/notices.ts'
import { loadSettings } from '../../../settings/load.ts'
import { keyOrigin } from '../../../settings/setting-origins.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import { writeMessage } from '../../../system/output-writer.ts'
import { printable } from '../../../system/printable.ts'
import { loadWithPipes } from '../../load-with-pipes.ts'
import { print } from '../../terminal/print.ts'
import type { ConfigureFlags } from '../doctor-flags.ts'
import { askKey } from './ask-key.ts'
import { settingsTarget, storeKey } from './store-key.ts'
import type { NewSettings } from './write-settings.ts'

/** Resolves with the exit status. */
export async function configure({ config, url, ...keyFlags }: ConfigureFlags): Promise<0 | 1> {
  const notices = createNotices('cronitor', {})
  const options: FileOptions = { flags: { config }, env: process.env, euid: process.geteuid?.() ?? 0 }
  const tell = (text: string) => writeMessage(2, `${printable(text)}\n`)
  const ask = (): Promise<string> => {
    const now = loadSettings(options).settings
    if (now.key !== undefined) tell(`There is a key already: ${keyOrigin(options, now.key)}. It is replaced.`)
    if (isatty(0)) {
      tell(`The key is written to ${settingsTarget(options)}.`)
      tell('A cronitor serve without --api-key-file takes any key of 8 characters or more.')
    }
    return askKey()
  }
  const hasKey = keyFlags.apiKey !== undefined || keyFlags.apiKeyFile !== undefined
  const more: NewSettings = url === undefined ? {} : { CRONITOR_TELEMETRY_URL: url }
  const stored = await storeKey(options, hasKey ? () => givenKey(keyFlags, tell) : ask, more)
  if (stored.kind === 'failed') {
    notices.warnNow(stored.problem)
    return 1
  }
  print(`${printable(`The API key is in ${stored.path}, which only this user may read.`)}\n`)
  const { settings } = loadSettings(options)
  const origin = keyOrigin(options, settings.key)
  if (origin !== undefined && !origin.endsWith(` in ${stored.path}`)) {
    notices.warnNow(`another key is used instead of it: ${origin}; remove that one`)
  }
  print('cronitor doctor --send MONITOR-KEY tells whether it is accepted.\n')
  return 0
}

/** The key of `--api-key` or `--api-key-file`, and no other. */
async function givenKey(flags: ConfigureFlags, tell: (text: string) => void): Promise<string> {
  const { settings, warnings } = await loadWithPipes({ flags, env: {}, systemFile: '/dev/null/none' })
  for (const warning of warnings) tell(`cronitor: ${warning}`)
  return settings.key ?? ''
}
