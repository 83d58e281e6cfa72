/** The options of cronitor-exec that `wrap` puts into the lines. */

import { runCommandLine, usageError } from '../command-line.ts'
import { CONTROL_OPTIONS } from '../exec/control/control-options.ts'
import { execCommand } from '../exec/exec-command.ts'
import { latin1 } from './crontab-bytes.ts'

/**
 * Each word on its own: `--timeout 2h` is two. A wrong option would stop the job from running, so that cronitor-exec's own
 * parser reads them first. @throws a usage error
 */
export async function lineOptions(env: string | undefined, given: readonly string[]): Promise<string[]> {
  const words = given.flatMap(text => text.trim().split(/(?<=^--?[\w-]+)\s+(?=\S)/, 2))
  const options = [...(env === undefined ? [] : ['--env', env]), ...words]
  const shows = options.find(word => /^(?:-h|--help|-V|--version|--print-command|--)$/.test(word))
  if (shows !== undefined) throw usageError(`--with ${shows}: the job would not run with this option`)
  let key: string | undefined
  const parser = execCommand(
    'cronitor-exec',
    async request => {
      key = request.monitorKey
    },
    CONTROL_OPTIONS,
  )
  const result = await runCommandLine(parser, [...options, 'a-key', 'true'])
  if (result.kind === 'usage-error') throw usageError(`--with: ${result.problem}`)
  if (key !== 'a-key')
    throw usageError(`--with: expected options of cronitor-exec alone, not ${given.join(' ')}`)
  return options.map(latin1)
}
