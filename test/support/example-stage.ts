/** Where the command lines of examples/ run: with stand-ins for the programs of their authors, and folders of the test's own. */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths, type RunOptions, type RunResult, run } from './run.ts'
import { tempDir } from './temp.ts'

export function readExample(path: string): string {
  return readFileSync(join(paths.project, 'examples', path), 'utf8')
}

export interface Stage {
  readonly root: string
  /** Folders of programs, for PATH. */
  readonly path: string
  /** Runs a program with only this environment, and with HOME and PATH of the stage. */
  readonly run: (
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
    options?: Omit<RunOptions, 'env'>,
  ) => Promise<RunResult>
}

/** @param standIns names of programs; each prints its name and its arguments */
export function openStage(standIns: readonly string[] = []): Stage {
  const root = tempDir('example')
  const bin = join(root, 'bin')
  const home = join(root, 'home')
  for (const folder of [bin, home]) mkdirSync(folder, { mode: 0o700 })
  const links = { cronitor: paths.bin.cronitor, 'cronitor-exec': paths.bin.exec, node: paths.node }
  for (const [name, file] of Object.entries(links)) symlinkSync(file, join(bin, name))
  for (const name of standIns) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@"\n`, { mode: 0o755 })
  }
  const path = `${bin}:/usr/local/bin:/usr/bin:/bin`
  return {
    root,
    path,
    run: (argv, env = {}, options = {}) =>
      run(argv, {
        cwd: home,
        ...options,
        // A busy machine may need more than the default of 5 seconds.
        env: { HOME: home, PATH: path, CRONITOR_DELIVER_WITHIN: '60s', ...env },
      }),
  }
}
