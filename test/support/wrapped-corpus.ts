/** Runs the built `cronitor crontab` on copies of crontabs. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CronDialect } from '../../src/crontab/crontab-file.ts'
import { type CorpusFile, corpus } from './crontab-corpus.ts'
import { paths, type RunResult, run } from './run.ts'
import { tempDir } from './temp.ts'

/** The arguments of a command have a limit. */
const FILES_AT_ONCE = 500

export interface CorpusCopy {
  readonly files: readonly CorpusFile[]
  /** latin1 */
  readonly textOf: (file: CorpusFile) => string
  /** The file of `--expectations`. */
  readonly expectations: string
  /** `wrap --apply` or `unwrap --apply` on all files: first those with a user column. */
  readonly apply: (command: 'wrap' | 'unwrap') => Promise<RunResult[]>
}

/** All of the corpus that one of the two crons reads, and what it refuses. */
export function copyCorpus(dialect: CronDialect): CorpusCopy {
  return copyCrontabs(
    corpus.filter(({ form }) => form.dialect === dialect),
    dialect,
  )
}

/** As if this host had the cron of that dialect. */
export function copyCrontabs(files: readonly CorpusFile[], dialect: CronDialect): CorpusCopy {
  const folder = tempDir('corpus')
  const pathOf = ({ name }: CorpusFile) => join(folder, name)
  for (const file of files) {
    mkdirSync(dirname(pathOf(file)), { recursive: true })
    writeFileSync(pathOf(file), file.text, { encoding: 'latin1', mode: 0o644 })
  }
  const expectations = join(folder, 'expectations')
  const env = { PATH: `${programsOf(dialect)}:/usr/local/bin:/usr/bin:/bin` }
  return {
    files,
    textOf: file => readFileSync(pathOf(file), 'latin1'),
    expectations,
    apply: async command => {
      const options = command === 'wrap' ? ['--wrapper', paths.bin.exec, '--expectations', expectations] : []
      const results: RunResult[] = []
      for (const [column, hasUserColumn] of [
        [['--system'], true],
        [[], false],
      ] as const) {
        const names = files.filter(({ form }) => form.hasUserColumn === hasUserColumn).map(pathOf)
        for (let at = 0; at < names.length; at += FILES_AT_ONCE) {
          const some = names.slice(at, at + FILES_AT_ONCE)
          const argv = [paths.bin.cronitor, 'crontab', command, ...column, ...options, '--apply', ...some]
          results.push(await run(argv, { env, timeoutMs: 120_000 }))
        }
      }
      return results
    },
  }
}

/** A folder with a crontab(1) that says which cron is installed. */
function programsOf(dialect: CronDialect): string {
  const folder = tempDir('programs')
  const version = dialect === 'cronie' ? 'echo cronie 1.7.2' : 'exit 1'
  writeFileSync(join(folder, 'crontab'), `#!/bin/sh\n${version}\n`, { mode: 0o755 })
  return folder
}
