/** The user and the environment that cron gives to a job. */

import { cronEnvironment } from '../../crontab/cron-environment.ts'
import { currentUser, findUser, type UserAccount } from '../../system/user-account.ts'
import { utf8 } from './crontab-bytes.ts'
import type { CrontabJob } from './jobs.ts'

/** Undefined if there is no such user. The user of this process may have no name. */
export function accountOf(job: CrontabJob): UserAccount | undefined {
  const found = findUser(job.user)
  if (found !== undefined || job.line.user !== undefined) return found
  const uid = process.geteuid?.() ?? 0
  return (
    currentUser() ?? {
      name: job.user,
      uid,
      gid: process.getegid?.() ?? 0,
      home: process.env.HOME ?? '/',
      shell: '',
    }
  )
}

/** Without what PAM and the daemon add. */
export function environmentOf(
  { crontab, line }: CrontabJob,
  user: Pick<UserAccount, 'name' | 'home'>,
): Record<string, string> {
  const none = new Map<string, string>()
  const variables = cronEnvironment({
    dialect: crontab.file.dialect,
    user,
    variables: line.variables,
    pam: none,
    daemon: none,
  })
  return Object.fromEntries([...variables].map(([name, value]) => [utf8(name), utf8(value)]))
}

/** The PATH that cron gives to the job. */
export function searchPathOf(job: CrontabJob): string {
  return environmentOf(job, { name: job.user, home: '/' }).PATH ?? ''
}
