/** The options of `cronitor serve`. */

import type { Network } from '../../server/http/network-list.ts'
import type { Expectation } from '../../server/monitors/monitors.ts'
import type { ChannelTargets } from '../../server/notify/channel-list.ts'
import {
  DEFAULT_LISTEN,
  DEFAULT_MAX_MONITORS,
  DEFAULT_PORT,
  DEFAULT_RETAIN_MS,
  DEFAULT_URL,
  ROOT_DATA_DIR,
  USER_DATA_DIR,
} from '../../settings/defaults.ts'
import { formatDuration } from '../../system/duration.ts'
import { STATES, type State } from '../../telemetry/event.ts'
import {
  choiceValue,
  durationValue,
  type OptionRow,
  repeated,
  repeatedUrls,
  valueOrUsageError,
} from '../option-table.ts'
import { wrongValue } from '../wrong-value.ts'
import { NOTIFY_OPTIONS } from './notify-options.ts'
import { parseNetworkList } from './parse-network-list.ts'

const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw wrongValue('expected 0 to 65535')
  return Number(text)
}

const networks = (text: string, previous: unknown): readonly Network[] => [
  ...(Array.isArray(previous) ? previous : []),
  ...valueOrUsageError(parseNetworkList(text)).networks,
]

/** The values of these options. */
export interface ServeOptions extends ChannelTargets {
  readonly expect?: readonly Expectation[] | undefined
  readonly expectFile?: string
  /** Milliseconds, more than 0. */
  readonly notifyAgain?: number
  /** 0 to 65535; 0 is any free port, which is then printed. Default: `DEFAULT_PORT`. */
  readonly port?: number
  /** An IP address or a name. Default: `DEFAULT_LISTEN`. */
  readonly listen?: string
  readonly dataDir?: string
  /** The URL of a database on PostgreSQL. Default: SQLite in the data folder. */
  readonly database?: string
  /** `sqlite:` and the data folder of a store that is copied to the database. */
  readonly migrateFrom?: string
  /** Milliseconds. */
  readonly retain?: number
  /** 1 or more. Default: `DEFAULT_MAX_MONITORS`. */
  readonly maxMonitors?: number
  readonly apiKeyFile?: string
  readonly allowAnonymous?: boolean
  /** Validate requests to the letter of the API's description. */
  readonly strict?: boolean
  readonly trustProxy?: readonly Network[]
  readonly relayAddress?: readonly Network[]
  /** Both or neither. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Both or neither. */
  readonly forwardTo?: readonly string[]
  readonly forwardKeyFile?: string
  /** 0 to 65535; 0 is any free port, which is then printed. Without it no mail is received. */
  readonly smtpPort?: number
  readonly smtpDefaultState?: State
  /** In lower case. */
  readonly smtpFailWords?: readonly string[]
  /** Print JSON lines. The first one is `{"listening":"http://127.0.0.1:PORT"}`. */
  readonly json?: boolean
  /** Print no events. */
  readonly quiet?: boolean
  /** False disables the rate limits of the API. */
  readonly limits?: boolean
  /** The rate limits count the requests of all servers with the same database. */
  readonly sharedLimits?: boolean
}

export const SERVE_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--port <n>',
    description: 'the port to listen on; 0 chooses a free port and prints it',
    otherwise: String(DEFAULT_PORT),
    parse: port,
  },
  {
    flags: '--listen <address>',
    description: 'the address to listen on; `--api-key-file` is required unless it is a loopback address',
    otherwise: DEFAULT_LISTEN,
  },
  {
    flags: '--data-dir <dir>',
    description: 'the folder of the database, and of events to forward',
    variable: 'CRONITOR_DATA_DIR',
    otherwise: `\`${ROOT_DATA_DIR}\` for root, else \`~/.local/state/${USER_DATA_DIR}\``,
  },
  {
    flags: '--database <url>',
    description:
      'keep the store on PostgreSQL, which other servers may use at the same time, such as `postgres://cronitor@db1,db2/cronitor`',
    variable: 'CRONITOR_DATABASE',
    otherwise: 'SQLite in the data folder',
  },
  {
    flags: '--migrate-from <store>',
    description:
      'copy the store in a data folder, `sqlite:DIR`, to the database of `--database`, verify the copy, and end; no server may use either meanwhile',
    parse: text => {
      if (!/^sqlite:./.test(text)) throw wrongValue('expected sqlite: and a data folder')
      return text
    },
  },
  {
    flags: '--retain <duration>',
    description:
      'how long events and runs are kept, in time for which the server runs; older ones are removed every hour',
    otherwise: formatDuration(DEFAULT_RETAIN_MS),
    parse: durationValue,
  },
  {
    flags: '--max-monitors <n>',
    description:
      'how many monitors there may be, each environment counted as one; events of further ones are refused',
    otherwise: String(DEFAULT_MAX_MONITORS),
    parse: text => {
      if (!/^[1-9]\d{0,8}$/.test(text)) throw wrongValue('expected a whole number of 1 or more')
      return Number(text)
    },
  },
  {
    flags: '--api-key-file <file>',
    description:
      'a file of accepted API keys, one a line; lines that start with `#` are comments; SIGHUP reloads it',
    otherwise: 'any key, but only from this host',
  },
  {
    flags: '--allow-anonymous',
    description: 'with `--api-key-file`: also accept events without a key',
  },
  {
    flags: '--strict',
    description:
      'refuse events that do not follow the API description to the letter, instead of recording what can be used',
  },
  { flags: '--tls-cert <file>', description: 'serve HTTPS with this certificate (PEM, including its chain)' },
  { flags: '--tls-key <file>', description: 'the private key of the certificate (PEM)' },
  {
    flags: '--trust-proxy <addresses>',
    description:
      'take the client from `Forwarded` and `X-Forwarded-*` in requests of these reverse proxies: addresses and networks separated by commas, or `loopback`; may be repeated',
    otherwise: 'these headers are ignored',
    parse: networks,
  },
  {
    flags: '--relay-address <addresses>',
    description:
      'accept events with a key from these relays and NATs without a limit for their address: addresses and networks separated by commas; the limit of each monitor stays; may be repeated',
    otherwise: 'each address may send 50 events a second',
    parse: networks,
  },
  { flags: '--no-limits', description: 'accept events at any rate' },
  {
    flags: '--shared-limits',
    description:
      'with `--database`: the rate limits count what all servers with the same database have received, told once a second',
    otherwise: 'each server has limits of its own',
  },
  { flags: '--json', description: 'print each event as a JSON object, one a line' },
  { flags: '--quiet', description: 'print the address but no events' },
  {
    flags: '--expect <monitor[@env]=rule>',
    description:
      "what is expected of a monitor, such as `'backup=every 25h'` or `'backup=cron \"0 2 * * *\" grace 15m max 2h'`; may be repeated",
    parse: repeated(text => text),
  },
  {
    flags: '--expect-file <file>',
    description:
      'a file of such rules, one a line; `#` starts a comment; SIGHUP reloads it; `--expect` takes precedence',
  },
  ...NOTIFY_OPTIONS,
  {
    flags: '--smtp-port <n>',
    description: 'receive mail as events on this port; 0 chooses a free port and prints it',
    otherwise: 'mail is not received',
    parse: port,
  },
  {
    flags: '--smtp-default-state <state>',
    description: `the state for mail without a state in its subject: ${STATES.join(', ')}`,
    otherwise: 'such mail is refused',
    choices: STATES,
    parse: choiceValue(STATES),
  },
  {
    flags: '--smtp-fail-words <words>',
    description: 'mail with one of these words in its subject is a failure; separate the words by commas',
    parse: text => {
      const words = text.split(',').map(word => word.trim().toLowerCase())
      if (words.includes('')) throw wrongValue('expected words separated by commas')
      return words
    },
  },
  {
    flags: '--forward-to <url>',
    description: `forward received events to another Telemetry API, such as \`${DEFAULT_URL}\`; several addresses of it are separated by commas, or the option is repeated`,
    parse: repeatedUrls,
  },
  {
    flags: '--forward-key-file <file>',
    description: 'a file with the API key for `--forward-to` in its first line',
  },
]
