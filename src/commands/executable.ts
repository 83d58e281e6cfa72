/** The entry of the executable, which contains its runtime: see scripts/build-executable.mjs. */

import { readFileSync } from 'node:fs'
import { collectSignals } from '../job/early-signals.ts'
import { environmentFromBlock } from '../job/environment.ts'
import { LAUNCH_VARIABLE } from '../job/launch-notes.ts'
import { FOREIGN_VARIABLES } from '../system/foreign-variables.ts'

/** It is the job wrapper if its launcher starts it, or if it is called by the name `cronitor-exec`. Else it has all commands. */
async function start(): Promise<void> {
  const isWrapper =
    process.env[LAUNCH_VARIABLE] !== undefined ||
    process.argv0.slice(process.argv0.lastIndexOf('/') + 1) === 'cronitor-exec'
  const argv = process.argv.slice(2)
  if (!isWrapper && !argv.includes('exec')) {
    // As bin/launch.sh does. Only a job would get them, and the runtime reads some of them later.
    for (const { name, use } of FOREIGN_VARIABLES) if (use === 'taken') delete process.env[name]
    // scripts/build-executable.mjs delays machine code, which does not pay in a short run. A server runs for long.
    if (argv.includes('serve')) Bun.unsafe.setJITPolicy(1)
    const { main } = await import('./main.ts')
    return main(
      argv,
      () => [],
      () => {},
    )
  }
  const release = collectSignals()
  if (!isWrapper) {
    restoreChannelVariables()
    const { main } = await import('./main.ts')
    return main(argv, release, () => {})
  }
  const { runWrapper } = await import('./exec/main.ts')
  return runWrapper(argv, { release })
}

/** The runtime has removed NODE_CHANNEL_FD and NODE_CHANNEL_SERIALIZATION_MODE from its environment. The job gets them. */
function restoreChannelVariables(): void {
  try {
    for (const { name, value } of environmentFromBlock(readFileSync('/proc/self/environ'))) {
      if (name.startsWith('NODE_CHANNEL_')) process.env[name] = value
    }
  } catch {
    // Without /proc, their values are not known.
  }
}

void start()
