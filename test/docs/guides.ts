/** The documents in Markdown, except the change log. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '../support/run.ts'

export const GUIDES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(paths.project, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
