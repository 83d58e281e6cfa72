/** The options that exec, ping and spool share: what is sent, where, and how long undelivered events are kept. */

import {
  DEFAULT_DELIVER_WITHIN_MS,
  DEFAULT_METHOD,
  DEFAULT_SPOOL_MAX_AGE_MS,
  DEFAULT_SPOOL_MAX_BYTES,
  DEFAULT_URL,
  ROOT_SPOOL_DIR,
  USER_FILE,
  USER_SPOOL_DIR,
} from '../settings/defaults.ts'
import { parseMethod } from '../settings/values.ts'
import { formatDuration } from '../system/duration.ts'
import { formatSize, parseSize } from '../system/size.ts'
import { METHODS } from '../telemetry/event.ts'
import { durationValue, type OptionRow, urlsValue, valueOrUsageError } from './option-table.ts'

const NO_EFFECT = 'has no effect; accepted because the official client has it'

const DEVELOPMENT_URL = 'http://localhost:8000'

export const SETTINGS_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--api-key-file <file>',
    description: 'read the API key from the first line of a file',
    variable: 'CRONITOR_API_KEY_FILE',
  },
  {
    flags: '-k, --api-key <key>',
    description:
      'the API key; other users can see it in the process list, so a file or the environment is better',
    variable: 'CRONITOR_API_KEY',
  },
  {
    flags: '-p, --ping-api-key <key>',
    description: 'a key that can only send telemetry; used instead of the API key if both are set',
    variable: 'CRONITOR_PING_API_KEY',
  },
  {
    flags: '--env <name>',
    description: 'the environment that the job runs in, such as staging',
    variable: 'CRONITOR_ENV',
  },
  {
    flags: '-n, --hostname <name>',
    description: 'the host name to report',
    variable: 'CRONITOR_HOSTNAME',
    otherwise: "the system's",
  },
  {
    flags: '--url <base>',
    description:
      'the address of the Telemetry API, or several that are separated by commas: if one is not reached, the next one is tried',
    variable: 'CRONITOR_TELEMETRY_URL',
    otherwise: `\`${DEFAULT_URL}\``,
    parse: urlsValue,
  },
  {
    flags: '--use-dev',
    description: `the same as \`--url ${DEVELOPMENT_URL}\``,
    implies: { url: DEVELOPMENT_URL },
  },
  {
    flags: '--method <method>',
    description: `the HTTP method: ${METHODS.join(', ')}; HEAD does not report the host name`,
    otherwise: DEFAULT_METHOD,
    choices: METHODS,
    parse: text => valueOrUsageError(parseMethod(text)).method,
  },
  {
    flags: '--anonymous',
    description: 'send without an API key, to a monitor that allows it',
    variable: 'CRONITOR_ANONYMOUS',
  },
  {
    flags: '--deliver-within <duration>',
    description: 'how long to try to deliver; `exec` counts from the end of the job',
    variable: 'CRONITOR_DELIVER_WITHIN',
    otherwise: formatDuration(DEFAULT_DELIVER_WITHIN_MS),
    parse: durationValue,
  },
  {
    flags: '--spool-dir <dir>',
    description: 'the folder that undelivered events are kept in',
    variable: 'CRONITOR_SPOOL_DIR',
    otherwise: `\`${ROOT_SPOOL_DIR}\` for root, else \`~/.local/state/${USER_SPOOL_DIR}\``,
  },
  {
    flags: '--no-spool',
    description: 'do not keep undelivered events: they are lost',
    variable: 'CRONITOR_NO_SPOOL',
  },
  {
    flags: '--spool-max-age <duration>',
    description: 'how long an undelivered event is kept',
    variable: 'CRONITOR_SPOOL_MAX_AGE',
    otherwise: formatDuration(DEFAULT_SPOOL_MAX_AGE_MS),
    parse: durationValue,
  },
  {
    flags: '--spool-max-size <size>',
    description: 'how much disk space undelivered events may use, in bytes or as 500k or 10m',
    variable: 'CRONITOR_SPOOL_MAX_SIZE',
    otherwise: formatSize(DEFAULT_SPOOL_MAX_BYTES),
    parse: text => valueOrUsageError(parseSize(text)).bytes,
  },
  {
    flags: '--no-courier',
    description: 'do not start a background process that delivers kept events; a later run delivers them',
    variable: 'CRONITOR_NO_COURIER',
  },
  {
    flags: '--no-stamp',
    description: 'do not send the time at which a late event happened',
    variable: 'CRONITOR_NO_STAMP',
  },
  {
    flags: '-c, --config <file>',
    description: "a settings file to use instead of the user's",
    variable: 'CRONITOR_CONFIG',
    otherwise: `\`~/.config/${USER_FILE}\``,
  },
  {
    flags: '-l, --log <file>',
    description: 'append a line for each event to a file, with keys redacted',
    variable: 'CRONITOR_LOG',
  },
  { flags: '--quiet', description: 'print no warnings' },
  { flags: '-v, --verbose', description: 'print each step to stderr' },
  { flags: '-u, --users <names>', description: NO_EFFECT },
  { flags: '--api-version <version>', description: NO_EFFECT },
]
