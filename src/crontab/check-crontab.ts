/** What is wrong with a crontab, or would be a surprise: what cron does not run, and what it runs in another way than it looks. */

import { checkCommand } from './checks/check-command.ts'
import { checkFile } from './checks/check-file.ts'
import { checkJob } from './checks/check-job.ts'
import { checkVariable } from './checks/check-variable.ts'
import { describeBroken } from './checks/describe-broken.ts'
import type { CrontabFile, CrontabLine } from './crontab-file.ts'
import type { CheckFacts, Finding } from './finding.ts'

/** In the order of the lines; first what is about the file. */
export function checkCrontab(file: CrontabFile, facts: CheckFacts = {}): readonly Finding[] {
  return [...checkFile(file, facts), ...file.lines.flatMap(line => checkLine(line, file, facts))]
}

function checkLine(line: CrontabLine, file: CrontabFile, facts: CheckFacts): readonly Finding[] {
  switch (line.kind) {
    case 'text':
      return []
    case 'broken':
      return [describeBroken(line, file)]
    case 'variable':
      return checkVariable(line, file)
    case 'job':
      return [...checkJob(line, file, facts), ...checkCommand(line, file)]
  }
}
