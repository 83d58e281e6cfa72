/** How much of a line each cron reads. */

import type { CronDialect } from './crontab-file.ts'

interface DialectLimits {
  /** Of a line that may set a variable, without leading blanks. cron reads no further and says nothing. */
  readonly variableLine: number
  /** Of a command as it is written, without the line feed. Debian's cron refuses a longer one, cronie cuts it off. */
  readonly command: number
}

/** MAX_ENVSTR and MAX_COMMAND in cron.h of Debian's cron 3.0pl1-162 (1,000) and macros.h of cronie 1.7.2 (131,072). */
export const DIALECT_LIMITS: Readonly<Record<CronDialect, DialectLimits>> = {
  debian: { variableLine: 998, command: 998 },
  cronie: { variableLine: 131_071, command: 131_071 },
}
