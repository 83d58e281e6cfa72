/** The options of every command, as one table: the command line, `--help` and the man pages come from it. */

import { InvalidArgumentError } from 'commander'
import { isShell } from '../job/command.ts'
import { ROOT_SPOOL_DIR } from '../settings/spool-folder.ts'
import { parseMethod, parseUrl } from '../settings/values.ts'
import { parseDuration } from '../system/duration.ts'
import { parseSize } from '../system/size.ts'
import { METHODS, type Metric, STATES } from '../telemetry/event.ts'
import { parseMetric, parseMetrics } from '../telemetry/metric.ts'

export interface OptionRow {
  /** As commander has it: `-e, --env <name>`. No option takes an optional value. */
  readonly flags: string
  readonly description: string
  /** The environment variable and setting of the same meaning. */
  readonly variable?: string
  /** What holds where nothing is given, in words. */
  readonly otherwise?: string
  /** From text to value, given the value so far; throws `InvalidArgumentError`. */
  readonly parse?: (text: string, previous: unknown) => unknown
  /** Values of other options, as commander names them, unless those are given. */
  readonly implies?: Readonly<Record<string, unknown>>
}

const API_KEY_FILE: OptionRow = {
  flags: '--api-key-file <file>',
  description: 'read the API key from the first line of a file',
  variable: 'CRONITOR_API_KEY_FILE',
}

const FOR_OTHERS = 'has no effect; accepted because the official client has it'

const DEVELOPMENT_URL = 'http://localhost:8000'

/** Who sends what to where; every command that sends events has these. */
export const SETTINGS_OPTIONS: readonly OptionRow[] = [
  API_KEY_FILE,
  {
    flags: '-k, --api-key <key>',
    description:
      'the API key; other users can see it in the process list, so a file or the environment is better',
    variable: 'CRONITOR_API_KEY',
  },
  {
    flags: '-p, --ping-api-key <key>',
    description: 'a key that may send telemetry and nothing else; wins over the API key',
    variable: 'CRONITOR_PING_API_KEY',
  },
  {
    flags: '--env <name>',
    description: 'the environment that the job runs in, such as staging',
    variable: 'CRONITOR_ENV',
  },
  {
    flags: '-n, --hostname <name>',
    description: 'the host to report',
    variable: 'CRONITOR_HOSTNAME',
    otherwise: "the system's",
  },
  {
    flags: '--url <base>',
    description: 'where the Telemetry API is',
    variable: 'CRONITOR_TELEMETRY_URL',
    otherwise: 'https://cronitor.link',
    parse: text => valueOrUsageError(parseUrl(text)).url,
  },
  {
    flags: '--use-dev',
    description: `the same as --url ${DEVELOPMENT_URL}`,
    implies: { url: DEVELOPMENT_URL },
  },
  {
    flags: '--method <method>',
    description: `the HTTP method: ${METHODS.join(', ')}; HEAD reports no host`,
    otherwise: 'GET',
    parse: text => valueOrUsageError(parseMethod(text)).method,
  },
  {
    flags: '--anonymous',
    description: 'send without an API key, to a monitor that allows it',
    variable: 'CRONITOR_ANONYMOUS',
  },
  {
    flags: '--deliver-within <duration>',
    description: 'how long to go on trying to deliver; exec counts from the end of the job',
    variable: 'CRONITOR_DELIVER_WITHIN',
    otherwise: '5s',
    parse: text => valueOrUsageError(parseDuration(text)).ms,
  },
  {
    flags: '--spool-dir <dir>',
    description: 'keep undelivered events in this folder',
    variable: 'CRONITOR_SPOOL_DIR',
    otherwise: `${ROOT_SPOOL_DIR} for root, else ~/.local/state/cronitor/spool`,
  },
  {
    flags: '--no-spool',
    description: 'keep no undelivered events: what does not arrive in time is lost',
    variable: 'CRONITOR_NO_SPOOL',
  },
  {
    flags: '--spool-max-age <duration>',
    description: 'how long an undelivered event is kept',
    variable: 'CRONITOR_SPOOL_MAX_AGE',
    otherwise: '7d',
    parse: text => valueOrUsageError(parseDuration(text)).ms,
  },
  {
    flags: '--spool-max-size <size>',
    description: 'how much room undelivered events may take, in bytes or as 500k or 10m',
    variable: 'CRONITOR_SPOOL_MAX_SIZE',
    otherwise: '64m',
    parse: text => valueOrUsageError(parseSize(text)).bytes,
  },
  {
    flags: '--no-courier',
    description: 'start no background process that delivers what was kept; a later run does',
    variable: 'CRONITOR_NO_COURIER',
  },
  {
    flags: '--no-stamp',
    description: 'do not say when a late event happened',
    variable: 'CRONITOR_NO_STAMP',
  },
  {
    flags: '-c, --config <file>',
    description: "a settings file, in place of the user's",
    variable: 'CRONITOR_CONFIG',
    otherwise: '~/.config/cronitor/cronitor.json',
  },
  {
    flags: '-l, --log <file>',
    description: 'write a line for each event to a file, keys redacted',
    variable: 'CRONITOR_LOG',
  },
  { flags: '--quiet', description: 'no warnings' },
  { flags: '-v, --verbose', description: 'tell each step on stderr' },
  { flags: '-u, --users <names>', description: FOR_OTHERS },
  { flags: '--api-version <version>', description: FOR_OTHERS },
]

export const EXEC_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--series <id>',
    description: 'the ID that joins the events of the run',
    otherwise: 'a fresh UUID',
  },
  {
    flags: '--no-output',
    description: 'do not report what the job prints, and give it stdout and stderr as they are',
  },
  {
    flags: '--no-stdout',
    description: 'the same as --no-output, as the official client calls it',
    implies: { output: false },
  },
  {
    flags: '--shell <file>',
    description: 'the shell for a job that is a command line, an absolute path',
    variable: 'CRONITOR_SHELL',
    otherwise: '$SHELL, else /bin/sh',
    parse: text => {
      if (!isShell(text))
        throw new InvalidArgumentError('expected the absolute path of a shell that can be run')
      return text
    },
  },
  {
    flags: '--own-group',
    description: 'make the job the leader of a process group of its own, which gets the signals',
  },
]

export const PING_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--state <state>',
    description: `what to report: ${STATES.join(', ')}`,
    parse: text => {
      const state = STATES.find(name => name === text)
      if (state === undefined) throw new InvalidArgumentError(`expected ${STATES.join(', ')}`)
      return state
    },
  },
  { flags: '--run', description: 'short for --state run' },
  { flags: '--complete', description: 'short for --state complete' },
  { flags: '--fail', description: 'short for --state fail' },
  { flags: '--ok', description: 'short for --state ok' },
  { flags: '--tick', description: 'the same as --ok, as the official client calls it' },
  {
    flags: '--message, --msg <text>',
    description: 'a message of at most 2,000 characters; - reads it from stdin',
  },
  {
    flags: '--metric <name:value>',
    description:
      'a number: count, error_count, duration (seconds) or a name of your own; several with commas between them; may be repeated',
    parse: (text, previous) => [...asMetrics(previous), ...valueOrUsageError(parseMetrics(text)).metrics],
  },
  {
    flags: '--duration <seconds>',
    description: 'short for --metric duration:SECONDS',
    parse: text => valueOrUsageError(parseMetric(`duration:${text}`)).metric,
  },
  {
    flags: '--series <id>',
    description: 'the ID that joins the events of a run',
    variable: 'CRONITOR_SERIES',
  },
  {
    flags: '--status-code <n>',
    description: 'the exit status to report, an integer',
    parse: text => {
      if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected an integer')
      return Number(text)
    },
  },
  { flags: '--dry-run', description: 'print the request, key redacted, and send nothing' },
]

export const SPOOL_LIST_OPTIONS: readonly OptionRow[] = [
  { flags: '--rejected', description: 'show the events that the API has refused' },
  { flags: '--json', description: 'print a JSON array, one event a line' },
]

export const SPOOL_RETRY_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--rekey',
    description: 'send them with the key that is set now, and also what waits for another key',
  },
]

export const SPOOL_DROP_OPTIONS: readonly OptionRow[] = [
  { flags: '--rejected', description: 'drop the events that the API has refused' },
  {
    flags: '--older-than <duration>',
    description: 'only events that happened longer ago than this',
    parse: text => valueOrUsageError(parseDuration(text)).ms,
  },
]

type Outcome<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: string }

export function valueOrUsageError<T>(outcome: Outcome<T>): { readonly ok: true } & T {
  if (!outcome.ok) throw new InvalidArgumentError(outcome.problem)
  return outcome
}

function asMetrics(previous: unknown): readonly Metric[] {
  return Array.isArray(previous) ? previous : []
}
