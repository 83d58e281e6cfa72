/** Loads the settings of a command, whose key may come by a pipe. */

import { keyPipes, readKeyPipe } from '../settings/key-pipe.ts'
import { type LoadedSettings, type LoadOptions, loadSettings } from '../settings/load.ts'
import type { FileText } from '../settings/regular-file.ts'

/** How long a pipe is waited for, in milliseconds: a person may have to enter a passphrase. */
const PIPE_MS = 60_000

export interface PipeOptions {
  readonly isStdinTaken?: boolean
  /** Aborts when the command has to be over, given how long it stays for its events. */
  readonly overAfter?: (deliverWithinMs: number) => AbortSignal
}

/** Without a pipe, nothing is waited for. */
export async function loadWithPipes(
  options: LoadOptions,
  { isStdinTaken = false, overAfter }: PipeOptions = {},
): Promise<LoadedSettings> {
  const paths = keyPipes(options.flags, options.env)
  if (paths.length === 0) return loadSettings(options)
  const none: FileText = { ok: false, why: 'missing', problem: '' }
  const { deliverWithinMs } = loadSettings({
    ...options,
    pipes: new Map(paths.map(path => [path, none])),
  }).settings
  const timeout = AbortSignal.timeout(PIPE_MS)
  const over = overAfter === undefined ? timeout : AbortSignal.any([timeout, overAfter(deliverWithinMs)])
  const euid = options.euid ?? process.geteuid?.() ?? 0
  const texts = await Promise.all(
    paths.map(async path => [path, await readKeyPipe(path, { euid, over, isStdinTaken })] as const),
  )
  return loadSettings({ ...options, pipes: new Map(texts) })
}
