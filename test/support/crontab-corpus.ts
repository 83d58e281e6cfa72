/** The crontabs of test/fixtures/crontabs. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CronDialect, CrontabForm } from '../../src/crontab/crontab-file.ts'

export interface CorpusFile {
  /** Such as `debian/system/snapshots`. */
  readonly name: string
  readonly form: CrontabForm
  /** Debian's cron takes none of its lines. */
  readonly isRefused: boolean
  /** One character a byte (latin1). */
  readonly text: string
}

const FOLDER = fileURLToPath(new URL('../fixtures/crontabs/', import.meta.url))

const FOLDERS: readonly (readonly [folder: string, dialect: CronDialect, hasUserColumn: boolean])[] = [
  ['debian/system', 'debian', true],
  ['debian/user', 'debian', false],
  ['debian/refused', 'debian', true],
  ['cronie/system', 'cronie', true],
  ['cronie/user', 'cronie', false],
]

export const corpus: readonly CorpusFile[] = FOLDERS.flatMap(([folder, dialect, hasUserColumn]) =>
  readdirSync(`${FOLDER}${folder}`).map(file => ({
    name: `${folder}/${file}`,
    form: { dialect, hasUserColumn },
    isRefused: folder === 'debian/refused',
    text: readFileSync(`${FOLDER}${folder}/${file}`, 'latin1'),
  })),
)

export const debianCorpus = corpus.filter(({ form }) => form.dialect === 'debian')

/** The last part of the name. */
export function baseName({ name }: CorpusFile): string {
  return name.replace(/^.*\//, '')
}
