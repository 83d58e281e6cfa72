/** Starts the wrapper as cron would, for `--version`. */

import { execFile } from 'node:child_process'
import { startFailureIn } from '../../crontab/launcher-check.ts'

/** Resolves with the reason if it does not start; never rejects. */
export function startTrial(
  wrapper: string,
  env: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise(resolve => {
    const options = { cwd: '/', env, timeout: timeoutMs, killSignal: 'SIGKILL' } as const
    execFile(wrapper, ['--version'], options, (error, _printed, stderr) => {
      if (error === null) resolve(undefined)
      else if (error.killed) resolve(`it takes longer than ${timeoutMs / 1000} s`)
      else resolve(startFailureIn(String(stderr)) || `it ends with ${error.code ?? error.signal}`)
    })
  })
}
