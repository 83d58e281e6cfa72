/** Runs `cronitor crontab` on files of the test's own. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths, type RunOptions, type RunResult, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { linesOf } from '../../support/wrapper.ts'

/** cron's environment may have no Node.js, which the wrapper needs for its trial. */
export const HEAD = `CRONITOR_NODE=${paths.node}\n`

export const TAB = `# jobs
${HEAD}0 2 * * * /usr/local/bin/backup --full
\t*/15  * * * *  cd /srv && make report | tee 'x y' # every quarter
@reboot /opt/start
5 4 * * 1-5 echo 10\\% done%input%more
`

/** A crontab in a folder of its own. */
export function tabFile(text: string | Buffer = TAB): string {
  const file = join(tempDir('crontab'), 'tab')
  writeFileSync(file, text, { mode: 0o644 })
  return file
}

/** `cronitor crontab ARGS`, to its end. */
export function crontab(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run([paths.bin.cronitor, 'crontab', ...args], options)
}

/** The tests' own launcher is in a temporary folder on some machines, which `wrap` refuses unless it is named. */
export const WRAPPER = ['--wrapper', paths.bin.exec]

export function wrap(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return crontab(['wrap', ...WRAPPER, ...args], options)
}

export function said({ status, stderr }: RunResult): { status: number | null; stderr: string[] } {
  return { status, stderr: linesOf(stderr) }
}
