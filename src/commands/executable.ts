/** The entry of the executable, which contains its runtime: see scripts/build-executable.mjs. */

import { collectSignals } from '../job/early-signals.ts'

/** Called as `cronitor-exec` it is the job wrapper, else it has all commands. */
async function start(): Promise<void> {
  const isWrapper = process.argv0.slice(process.argv0.lastIndexOf('/') + 1) === 'cronitor-exec'
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
