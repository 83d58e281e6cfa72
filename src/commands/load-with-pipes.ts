/** Loads the settings of a command, whose key may come by a pipe. */

import { type KeyPipes, openKeyPipes, readKeyPipes } from '../settings/key-pipe.ts'
import { type LoadedSettings, type LoadOptions, loadSettings } from '../settings/load.ts'
import type { FileText } from '../system/regular-file.ts'

/** How long a pipe is waited for, in milliseconds: a person may have to enter a passphrase. */
const PIPE_MS = 60_000

export interface PipeOptions {
  /** What was opened before; else it is opened now. */
  readonly opened?: KeyPipes
  /** Aborts when the command has to be over, given how long it stays for its events. */
  readonly overAfter?: (deliverWithinMs: number) => AbortSignal
}

/** Without a pipe, nothing is waited for. */
export async function loadWithPipes(
  options: LoadOptions,
  { opened = openKeyPipes(options.flags, options.env), overAfter }: PipeOptions = {},
): Promise<LoadedSettings> {
  const { flags, env, euid = process.geteuid?.() ?? 0 } = options
  const over = (paths: readonly string[]): AbortSignal => {
    const timeout = AbortSignal.timeout(PIPE_MS)
    if (overAfter === undefined) return timeout
    const none: FileText = { ok: false, why: 'missing', problem: '' }
    const { settings } = loadSettings({ ...options, pipes: new Map(paths.map(path => [path, none])) })
    return AbortSignal.any([timeout, overAfter(settings.deliverWithinMs)])
  }
  const pipes = await readKeyPipes(opened, { flags, env, euid, over })
  return loadSettings({ ...options, pipes })
}
