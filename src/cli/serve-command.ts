/** The command line of `cronitor serve`. */

import type { Command } from 'commander'
import { newCommand } from './commands.ts'
import { DEFAULT_PORT, SERVE_OPTIONS } from './serve-options.ts'

const EXAMPLES = `
Examples:
  cronitor serve
  cronitor serve --port 0 --json

Point jobs at it with CRONITOR_TELEMETRY_URL=http://127.0.0.1:${DEFAULT_PORT}. Any API key is accepted.`

export function serveCommand(): Command {
  return newCommand('serve', SERVE_OPTIONS)
    .description('Be the Telemetry API, in memory and on 127.0.0.1, and print what arrives.')
    .usage('[options]')
    .addHelpText('after', EXAMPLES)
    .action(async flags => {
      const { serve } = await import('./serve.ts')
      process.exitCode = await serve(flags)
    })
}
