/** The options of `cronitor try`. */

import { choiceValue, type OptionRow } from '../option-table.ts'

const DIALECTS = ['debian', 'cronie'] as const

export const TRY_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--user <name>',
    description: 'run the line as this user; for another one than yourself, you must be root',
    otherwise: 'the user whose line it is, else you',
  },
  {
    flags: '--system',
    description: 'the line has a user column, as in `/etc/crontab`',
    otherwise: 'only lines of `/etc/crontab` and `/etc/cron.d`',
  },
  {
    flags: '--dialect <cron>',
    description: 'do as this cron does: `debian` or `cronie`',
    otherwise: 'the one that runs or is installed, else `debian`',
    choices: DIALECTS,
    parse: choiceValue(DIALECTS),
  },
  { flags: '--print', description: 'show what would be run, and do not run it' },
  {
    flags: '--no-report',
    description: 'run the command that `cronitor-exec` wraps, without it, so that nothing is reported',
  },
  { flags: '--quiet', description: 'do not say how the job differs from this shell' },
]
