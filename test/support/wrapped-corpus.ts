/** Runs the built `cronitor crontab` on copies of the corpus. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CronDialect } from '../../src/crontab/crontab-file.ts'
import { type CorpusFile, corpus } from './crontab-corpus.ts'
import { paths, type RunResult, run } from './run.ts'
import { tempDir } from './temp.ts'

export interface CorpusCopy {
  readonly files: readonly CorpusFile[]
  /** latin1 */
  readonly textOf: (file: CorpusFile) => string
  /** The file of `--expectations`. */
  readonly expectations: string
  /** `wrap --apply` or `unwrap --apply` on all files, in two commands: with a user column, and without. */
  readonly apply: (command: 'wrap' | 'unwrap') => Promise<RunResult[]>
}

/** All that one of the two crons reads, and what it refuses. */
export function copyCorpus(dialect: CronDialect): CorpusCopy {
  const folder = tempDir('corpus')
  const files = corpus.filter(({ form }) => form.dialect === dialect)
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
        const argv = [paths.bin.cronitor, 'crontab', command, ...column, ...options, '--apply', ...names]
        results.push(await run(argv, { env, timeoutMs: 60_000 }))
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
