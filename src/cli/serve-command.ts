/** The command line of `cronitor serve`. */

import type { Command } from 'commander'
import { newCommand, usageError } from './commands.ts'
import { DEFAULT_PORT, SERVE_OPTIONS } from './serve-options.ts'

const LINGER_MS = 1000

const EXAMPLES = `
Examples:
  cronitor serve
  cronitor serve --port 0 --json
  cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys

Point jobs at it with CRONITOR_TELEMETRY_URL=http://127.0.0.1:${DEFAULT_PORT}. Without --api-key-file\nany API key is accepted, from this machine alone.`

export function serveCommand(): Command {
  return newCommand('serve', SERVE_OPTIONS)
    .description('Be the Telemetry API: store what arrives, and print it.')
    .usage('[options]')
    .addHelpText('after', EXAMPLES)
    .action(async flags => {
      if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
        throw usageError('--tls-cert and --tls-key need each other')
      }
      const { serve } = await import('./serve.ts')
      process.exitCode = await serve(flags)
      // All is stored and answered by then. What nobody reads of stdout does not keep the process for ever.
      setTimeout(() => process.exit(), LINGER_MS).unref()
    })
}
