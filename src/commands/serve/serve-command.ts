/** The command line of `cronitor serve`. */

import type { Command } from 'commander'
import { DEFAULT_SERVER } from '../../settings/defaults.ts'
import { newCommand, usageError } from '../command-line.ts'
import { forwardUsageProblem } from './forward-options.ts'
import { SERVE_OPTIONS } from './serve-options.ts'

const LINGER_MS = 1000

const EXAMPLES = `
Examples:
  cronitor serve
  cronitor serve --port 0 --json
  cronitor serve --listen 0.0.0.0 --api-key-file /etc/cronitor/keys

Set CRONITOR_TELEMETRY_URL=${DEFAULT_SERVER} for jobs. Without
--api-key-file any API key is accepted, but only from this host.`

export function serveCommand(): Command {
  return newCommand('serve', SERVE_OPTIONS)
    .description('Run the Telemetry API: store events, print them, and show them on a page.')
    .usage('[options]')
    .addHelpText('after', EXAMPLES)
    .action(async ({ expect: rules, ...flags }) => {
      if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
        throw usageError('--tls-cert and --tls-key must be given together')
      }
      const hasChannel = flags.notifyUrl ?? flags.notifyCommand ?? flags.notifyMail
      if (flags.notifyAgain !== undefined && hasChannel === undefined) {
        throw usageError('--notify-again needs --notify-url, --notify-command or --notify-mail')
      }
      if (flags.notifyMail && !flags.smtpUrl && !process.env.CRONITOR_SMTP_URL) {
        throw usageError('--notify-mail needs a mail server: --smtp-url')
      }
      const problem = forwardUsageProblem(flags)
      if (problem !== undefined) throw usageError(problem)
      if (flags.smtpPort === undefined && (flags.smtpDefaultState ?? flags.smtpFailWords) !== undefined) {
        throw usageError('--smtp-default-state and --smtp-fail-words need --smtp-port')
      }
      if (flags.sharedLimits && !flags.database && !process.env.CRONITOR_DATABASE) {
        throw usageError('--shared-limits needs --database')
      }
      if (flags.database !== undefined) {
        const { databaseOption } = await import('./database-option.ts')
        const database = databaseOption(flags.database, process.env)
        if (!database.ok) throw usageError(database.problem)
      }
      if (flags.migrateFrom !== undefined) {
        const { databaseOption } = await import('./database-option.ts')
        const database = databaseOption(flags.database, process.env)
        if (!database.ok) throw usageError(database.problem)
        const { address, warning } = database
        if (address === undefined) throw usageError('--migrate-from needs a database: --database')
        const { migrateStore } = await import('./migrate-store.ts')
        const folder = flags.migrateFrom.slice('sqlite:'.length)
        process.exitCode = await migrateStore({ dataDir: folder, address, warning }, process)
        return
      }
      const { parseExpectOption } = await import('./expect-option.ts')
      const expect = rules && parseExpectOption(rules)
      const { hasFilesToReload } = await import('./reload-requests.ts')
      const { currentProcess } = await import('./serve-process.ts')
      // Before the server is loaded, which takes a good part of the start.
      const io = currentProcess(hasFilesToReload(flags))
      const { serve } = await import('./serve.ts')
      process.exitCode = await serve({ ...flags, expect }, io)
      // Everything is stored and answered. Output that nobody reads must not keep the process running.
      setTimeout(() => process.exit(), LINGER_MS).unref()
    })
}
