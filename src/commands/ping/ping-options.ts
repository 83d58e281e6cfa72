/** The options of `cronitor ping`, besides the settings. */

import { MAX_MESSAGE_LENGTH } from '../../telemetry/api-limits.ts'
import { type Metric, STATES } from '../../telemetry/event.ts'
import { parseMetric, parseMetrics } from '../../telemetry/metric.ts'
import { choiceValue, type OptionRow, valueOrUsageError } from '../option-table.ts'
import { wrongValue } from '../wrong-value.ts'

export const PING_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--state <state>',
    description: `the state to report: ${STATES.join(', ')}`,
    choices: STATES,
    parse: choiceValue(STATES),
  },
  { flags: '--run', description: 'short for `--state run`' },
  { flags: '--complete', description: 'short for `--state complete`' },
  { flags: '--fail', description: 'short for `--state fail`' },
  { flags: '--ok', description: 'short for `--state ok`' },
  { flags: '--tick', description: "the official client's name for `--ok`" },
  {
    flags: '--message, --msg <text>',
    description: `a message of at most ${MAX_MESSAGE_LENGTH.toLocaleString('en')} characters; \`-\` reads it from stdin`,
  },
  {
    flags: '--metric <name:value>',
    description:
      'a number: `count`, `error_count`, `duration` (seconds) or a name of your choice; separate several by commas or repeat the option',
    parse: (text, previous) => [...asMetrics(previous), ...valueOrUsageError(parseMetrics(text)).metrics],
  },
  {
    flags: '--duration <seconds>',
    description: 'short for `--metric duration:SECONDS`',
    parse: text => valueOrUsageError(parseMetric(`duration:${text}`)).metric,
  },
  {
    flags: '--series <id>',
    description: 'the ID that links the events of a run',
    variable: 'CRONITOR_SERIES',
  },
  {
    flags: '--status-code <n>',
    description: 'the exit status to report, an integer',
    parse: text => {
      if (!/^-?\d{1,9}$/.test(text)) throw wrongValue('expected an integer')
      return Number(text)
    },
  },
  { flags: '--dry-run', description: 'print the request, with the key redacted, and send nothing' },
]

function asMetrics(previous: unknown): readonly Metric[] {
  return Array.isArray(previous) ? previous : []
}
