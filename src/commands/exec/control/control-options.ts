/** The options of job control: each is also a setting in `jobs` of a settings file, without the dashes. */

import { type OptionRow, valueOrUsageError } from '../../option-table.ts'
import { parseStatusSet } from './status-set.ts'

export const CONTROL_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--success-status <statuses>',
    description: 'exit statuses of the job that are reported as `complete`, such as `0,3-5`',
    otherwise: '0',
    parse: text => valueOrUsageError(parseStatusSet(text)).statuses,
  },
  {
    flags: '--strict-status',
    description: 'exit with 1 if the job ended with 0 and is reported as `fail`',
  },
]
