/** The options of `cronitor-exec` and `cronitor exec`, besides the settings. */

import { isShell } from '../../job/command.ts'
import type { OptionRow } from '../option-table.ts'
import { wrongValue } from '../wrong-value.ts'

export const EXEC_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--series <id>',
    description: "the ID that links a run's start and end",
    otherwise: 'a new UUID',
  },
  {
    flags: '--no-output',
    description: "do not report the job's output; the job writes directly to stdout and stderr",
  },
  {
    flags: '--no-stdout',
    description: "the official client's name for `--no-output`",
    implies: { output: false },
  },
  {
    flags: '--shell <file>',
    description: 'the absolute path of the shell that runs a job given as a command line',
    variable: 'CRONITOR_SHELL',
    otherwise: '`$SHELL`, else `/bin/sh`',
    parse: text => {
      if (!isShell(text)) throw wrongValue('expected the absolute path of a shell that can be run')
      return text
    },
  },
  {
    flags: '--own-group',
    description: 'run the job in a new process group, which receives the signals',
  },
]
