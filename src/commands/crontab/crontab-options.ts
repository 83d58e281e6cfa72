/** The options of `cronitor crontab list`, `check`, `wrap` and `unwrap`. */

import { DEFAULT_GRACE_MS, ROOT_BACKUP_DIR, USER_BACKUP_DIR } from '../../settings/defaults.ts'
import { formatDuration } from '../../system/duration.ts'
import { durationValue, type OptionRow, repeated } from '../option-table.ts'
import { wrongValue } from '../wrong-value.ts'

const SOURCE_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--user <name>',
    description: 'the crontab of this user, which only root may read; can be repeated',
    repeatable: true,
    parse: repeated(text => {
      if (!/^[^\s:/-][^\s:/]*$/.test(text)) throw wrongValue('expected the name of a user')
      return text
    }),
  },
  {
    flags: '--system',
    description: '`/etc/crontab` and `/etc/cron.d`; with other files: they have a column for the user, too',
  },
]

const JOBS_OPTION: OptionRow = {
  flags: '--jobs <jobs>',
  description: 'only these jobs: monitor keys, or numbers of lines, separated by commas',
  repeatable: true,
  parse: (text, previous) => {
    const names = text.split(',').map(name => name.trim())
    if (names.includes('')) throw wrongValue('expected monitor keys or numbers of lines, such as backup,12')
    return [...(Array.isArray(previous) ? previous : []), ...names]
  },
}

const QUIET_OPTION: OptionRow = { flags: '--quiet', description: 'print no warnings' }

const CHANGE_OPTIONS: readonly OptionRow[] = [
  { flags: '--apply', description: 'write the crontabs; without it, only the difference is printed' },
  {
    flags: '--backup-dir <dir>',
    description: 'the folder of backups',
    otherwise: `beside a file; for the crontabs of users \`${ROOT_BACKUP_DIR}\` for root, else \`~/.local/state/${USER_BACKUP_DIR}\``,
  },
]

export const CRONTAB_LIST_OPTIONS: readonly OptionRow[] = [
  ...SOURCE_OPTIONS,
  { flags: '--json', description: 'print a JSON array, one job a line' },
  QUIET_OPTION,
]

export const CRONTAB_CHECK_OPTIONS: readonly OptionRow[] = [
  ...SOURCE_OPTIONS,
  JOBS_OPTION,
  {
    flags: '--expectations <file>',
    description: 'also compare the expectations for `cronitor serve` in this file',
  },
  { flags: '--json', description: 'print a JSON array, one finding a line' },
  QUIET_OPTION,
]

export const CRONTAB_WRAP_OPTIONS: readonly OptionRow[] = [
  ...SOURCE_OPTIONS,
  JOBS_OPTION,
  ...CHANGE_OPTIONS,
  { flags: '--env <name>', description: 'report the runs with this environment: `--env` in each line' },
  {
    flags: '--with <option>',
    description: 'an option of cronitor-exec for each line, such as `--with=--lock`; can be repeated',
    repeatable: true,
    parse: repeated(text => text),
  },
  {
    flags: '--host-keys',
    description: 'put the name of this host behind each new monitor key, for jobs that run on several hosts',
  },
  {
    flags: '--wrapper <file>',
    description: 'the path of `cronitor-exec` in the lines',
    otherwise: 'the one of this program',
    parse: text => {
      if (!/^\/(?:.*\/)?cronitor-exec$/s.test(text))
        throw wrongValue('expected the absolute path of a file called cronitor-exec')
      return text
    },
  },
  {
    flags: '--expectations <file>',
    description: 'write when each job must run into this file, for `cronitor serve --expect-file`',
  },
  {
    flags: '--grace <duration>',
    description: 'how much later a job may start, in the expectations',
    otherwise: formatDuration(DEFAULT_GRACE_MS),
    parse: durationValue,
  },
  QUIET_OPTION,
]

export const CRONTAB_UNWRAP_OPTIONS: readonly OptionRow[] = [
  ...SOURCE_OPTIONS,
  JOBS_OPTION,
  ...CHANGE_OPTIONS,
  QUIET_OPTION,
]
