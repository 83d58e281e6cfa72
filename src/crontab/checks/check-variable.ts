/** Variables that do not have the value that they seem to have. */

import type { CrontabForm, VariableLine } from '../crontab-file.ts'
import { DIALECT_LIMITS } from '../dialect-limits.ts'
import type { Finding } from '../finding.ts'

/** They are cronie's: Debian's cron hands them to the job like any other. */
const OF_CRONIE: ReadonlySet<string> = new Set(['CRON_TZ', 'RANDOM_DELAY'])

export function checkVariable(variable: VariableLine, { dialect }: CrontabForm): readonly Finding[] {
  const { name, value, text, number: line } = variable
  const warning = (kind: Finding['kind'], message: string): Finding => ({
    kind,
    line,
    level: 'warning',
    message,
  })
  const found: Finding[] = []
  const limit = DIALECT_LIMITS[dialect].variableLine
  if (text.trim().length > limit) {
    found.push(warning('variable-cut', `cron reads only ${limit} characters of the line that sets ${name}`))
  }
  const [expansion] = /\$\{?[A-Za-z_][A-Za-z0-9_]*\}?|^~(?=\/|$)|(?<=:)~(?=\/|:|$)/.exec(value) ?? []
  // cronie expands `$` in these two.
  const isExpanded = dialect === 'cronie' && (name === 'MAILTO' || name === 'MAILFROM')
  if (expansion !== undefined && !isExpanded) {
    const message = `cron does not expand "${expansion}" in ${name}: write the value itself`
    found.push(warning('variable-not-expanded', message))
  }
  if (dialect === 'debian' && OF_CRONIE.has(name)) {
    found.push(warning('variable-without-effect', `${name} has no effect in Debian's cron`))
  }
  return found
}
