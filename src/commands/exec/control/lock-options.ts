/** The options that say when a job starts, and how many of its runs there may be at a time. */

import { isAbsolute } from 'node:path'
import { ROOT_LOCK_DIR, USER_LOCK_DIR } from '../../../settings/defaults.ts'
import { choiceValue, durationValue, type OptionRow } from '../../option-table.ts'
import { wrongValue } from '../../wrong-value.ts'

export const ON_LOCKED = ['skip', 'fail', 'ok'] as const

const MAX_NAME_LENGTH = 128
const MAX_SLOTS = 1000

export const LOCK_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--lock',
    description: 'run the job only if no other run with this monitor key is running on this host',
  },
  {
    flags: '--lock-name <name>',
    description: 'as `--lock`, with this name in place of the monitor key',
    parse: lockName,
  },
  {
    flags: '--lock-slots <number>',
    description: 'how many runs may hold the lock at the same time',
    otherwise: '1',
    parse: lockSlots,
  },
  {
    flags: '--lock-wait <duration>',
    description: 'how long to wait for the lock',
    otherwise: '0',
    parse: durationValue,
  },
  {
    flags: '--on-locked <action>',
    description:
      'what to do if the lock is held: exit with 75 (`skip`), also report `fail` (`fail`), or exit with 0 (`ok`)',
    otherwise: 'skip',
    choices: ON_LOCKED,
    parse: choiceValue(ON_LOCKED),
  },
  {
    flags: '--lock-dir <dir>',
    description: 'the folder of the lock, for runs of several users',
    otherwise: `\`${ROOT_LOCK_DIR}\` for root, else \`~/.local/state/${USER_LOCK_DIR}\``,
    parse: absolutePath,
  },
  {
    flags: '--splay <duration>',
    description: 'wait for a part of this time before the start, the same for each run on this host',
    otherwise: '0',
    parse: durationValue,
  },
  {
    flags: '--jitter <duration>',
    description: 'wait for a random part of this time before the start',
    otherwise: '0',
    parse: durationValue,
  },
]

function lockName(text: string): string {
  if (text.length > 0 && text.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text)) return text
  throw wrongValue(`expected 1 to ${MAX_NAME_LENGTH} characters without control characters`)
}

function lockSlots(text: string): number {
  const slots = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (slots >= 1 && slots <= MAX_SLOTS) return slots
  throw wrongValue(`expected a number from 1 to ${MAX_SLOTS}`)
}

function absolutePath(text: string): string {
  if (isAbsolute(text)) return text
  throw wrongValue('expected an absolute path')
}
