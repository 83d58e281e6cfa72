/** Says what cron does not run of a crontab, before its jobs are listed or changed. */

import { whyFileIsIgnored } from '../../crontab/checks/check-file.ts'
import { shownText } from './crontab-bytes.ts'
import type { Crontab } from './crontabs.ts'
import { HOST_FACTS } from './host-facts.ts'

export function warnOfIgnored({ name, file }: Crontab, warn: (problem: string) => void): void {
  const whole = whyFileIsIgnored(file, HOST_FACTS)
  if (whole !== undefined) {
    warn(`${name}: ${shownText(whole)}`)
    return
  }
  const count = file.lines.filter(({ kind }) => kind === 'broken').length
  const lines = count === 1 ? 'a line' : `${count} lines`
  if (count > 0) warn(`${name} has ${lines} that cron does not run: see cronitor crontab check`)
}
