/** The entry of the executable, which contains its runtime: see scripts/build-executable.mjs. */

import { collectSignals } from '../job/early-signals.ts'
import { LAUNCH_VARIABLE } from '../job/launch-notes.ts'

/** It is the job wrapper if its launcher starts it, or if it is called by the name `cronitor-exec`. Else it has all commands. */
async function start(): Promise<void> {
  const isWrapper =
    process.env[LAUNCH_VARIABLE] !== undefined ||
    process.argv0.slice(process.argv0.lastIndexOf('/') + 1) === 'cronitor-exec'
  const argv = process.argv.slice(2)
  if (!isWrapper && !argv.includes('exec')) {
    // The client does not heed it, and the runtime would print a warning about it. A job gets it.
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    const { main } = await import('./main.ts')
    return main(
      argv,
      () => [],
      () => {},
    )
  }
  const release = collectSignals()
  if (!isWrapper) {
    const { main } = await import('./main.ts')
    return main(argv, release, () => {})
  }
  const { runWrapper } = await import('./exec/main.ts')
  return runWrapper(argv, { release })
}

void start()
