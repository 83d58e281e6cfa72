/** Loads the settings of a command whose key may come from a pipe. */

import { type KeyPipes, openKeyPipes, readKeyPipes } from '../settings/key-pipe.ts'
import { type LoadedSettings, type LoadOptions, loadSettings } from '../settings/load.ts'
import type { FileText } from '../system/regular-file.ts'

/** How long to wait for a pipe, in milliseconds: a person may have to enter a passphrase. */
const PIPE_TIMEOUT_MS = 60_000

export interface PipeOptions {
  /** Default: the pipes are opened now. */
  readonly opened?: KeyPipes
  /** Returns a signal that aborts when the command must end. */
  readonly deadlineFor?: (deliverWithinMs: number) => AbortSignal
}

/** Waits only if there is a pipe. */
export async function loadWithPipes(
  options: LoadOptions,
  { opened = openKeyPipes(options.flags, options.env), deadlineFor }: PipeOptions = {},
): Promise<LoadedSettings> {
  const { flags, env, euid = process.geteuid?.() ?? 0 } = options
  const deadline = (paths: readonly string[]): AbortSignal => {
    const timeout = AbortSignal.timeout(PIPE_TIMEOUT_MS)
    if (deadlineFor === undefined) return timeout
    const none: FileText = { ok: false, why: 'missing', problem: '' }
    const { settings } = loadSettings({ ...options, pipes: new Map(paths.map(path => [path, none])) })
    return AbortSignal.any([timeout, deadlineFor(settings.deliverWithinMs)])
  }
  const pipes = await readKeyPipes(opened, { flags, env, euid, deadline })
  return loadSettings({ ...options, pipes })
}
