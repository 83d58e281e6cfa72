/** What is wrong with the text of a crontab, on this host. */

import { checkCrontab } from '../../crontab/check-crontab.ts'
import { shownText } from './crontab-bytes.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import type { Crontab } from './crontabs.ts'
import { HOST_FACTS } from './host-facts.ts'

export function textFindings({ name, file }: Crontab, facts = HOST_FACTS): CrontabFinding[] {
  return checkCrontab(file, facts).map(({ kind, level, line, message }) => ({
    severity: level === 'error' ? 'broken' : 'advice',
    kind,
    source: name,
    ...(line !== undefined && { line }),
    message: shownText(message),
  }))
}
