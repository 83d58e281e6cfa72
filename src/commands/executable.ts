/** The entry of the executable, which contains its runtime: see scripts/build-executable.mjs. */

import { argv, isWrapper, mayStartJob, release } from './called-as.ts'

// The rest comes second: it takes a millisecond to load, in which a signal would end the program.

import { readFileSync } from 'node:fs'
import { environmentFromBlock } from '../job/environment.ts'
import { runWrapper } from './exec/main.ts'

async function start(): Promise<void> {
  if (isWrapper) return runWrapper(argv, { release })
  if (mayStartJob) restoreChannelVariables()
  else {
    const { FOREIGN_VARIABLES } = await import('../system/foreign-variables.ts')
    // As bin/launch.sh does. Only a job would get them, and the runtime reads some of them later.
    for (const { name, use } of FOREIGN_VARIABLES) if (use === 'taken') delete process.env[name]
    // scripts/build-executable.mjs delays machine code, which does not pay in a short run. A server runs for long.
    if (argv.includes('serve')) Bun.unsafe.setJITPolicy(1)
  }
  const { main } = await import('./main.ts')
  return main(argv, release, () => {})
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
