/** The options of `cronitor serve`, apart from the others: the wrapper has no use for them. */

import { InvalidArgumentError } from 'commander'
import { parseUrl } from '../../settings/values.ts'
import { parseDuration } from '../../system/duration.ts'
import { STATES } from '../../telemetry/event.ts'
import { type OptionRow, valueOrUsageError } from '../options.ts'
import { parseExpectation } from './expectation.ts'
import { parseMailAddress, parseNotifyCommand, parseNotifyUrl, parseSmtpUrl } from './notify-targets.ts'

/**
 * Where `cronitor serve` listens unless it is told. Not a port that other servers in development take by
 * habit (3000, 8000, 8080), above those that need root, and below those that Linux (32768 up) and macOS (49152 up)
 * give to outgoing connections.
 */
export const DEFAULT_PORT = 8427

export const DEFAULT_RETAIN_MS = 90 * 86_400_000

const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('expected 0 to 65535')
  return Number(text)
}

/** For options that may be repeated. */
const more =
  (parse: (text: string) => unknown) =>
  (text: string, previous: unknown): readonly unknown[] => [
    ...(Array.isArray(previous) ? previous : []),
    parse(text),
  ]

export const SERVE_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--port <n>',
    description: 'the port to listen on; 0 takes a free one and prints it',
    otherwise: String(DEFAULT_PORT),
    parse: port,
  },
  {
    flags: '--listen <address>',
    description: 'the address to listen on; any but a loopback address needs --api-key-file',
    otherwise: '127.0.0.1',
  },
  {
    flags: '--data-dir <dir>',
    description: 'the folder of the database',
    variable: 'CRONITOR_DATA_DIR',
    otherwise: '/var/lib/cronitor for root, else ~/.local/state/cronitor',
  },
  {
    flags: '--retain <duration>',
    description: 'how long events and runs are kept; older ones are removed once an hour',
    otherwise: '90d',
    parse: text => valueOrUsageError(parseDuration(text)).ms,
  },
  {
    flags: '--api-key-file <file>',
    description:
      'a file with the API keys to accept, one a line; a line that begins with # is a comment; read again on SIGHUP',
    otherwise: 'any key, from this machine alone',
  },
  {
    flags: '--allow-anonymous',
    description: 'with --api-key-file: accept events without a key as well',
  },
  { flags: '--tls-cert <file>', description: 'serve HTTPS with this certificate (PEM, with its chain)' },
  { flags: '--tls-key <file>', description: 'the key of the certificate (PEM)' },
  { flags: '--no-limits', description: 'accept events at any rate' },
  { flags: '--json', description: 'print each event as a line of JSON' },
  { flags: '--quiet', description: 'print the address alone, and no events' },
  {
    flags: '--expect <monitor=every duration>',
    description:
      "a success at least this often, else the monitor is late: 'backup=every 25h'; may be repeated",
    parse: more(text => valueOrUsageError(parseExpectation(text)).expectation),
  },
  {
    flags: '--expect-file <file>',
    description:
      'a file with such expectations, one a line; # begins a comment; read again on SIGHUP; --expect wins over it',
  },
  {
    flags: '--notify-url <url>',
    description: 'POST each change of a monitor there as JSON; may be repeated',
    parse: more(text => valueOrUsageError(parseNotifyUrl(text)).url),
  },
  {
    flags: '--notify-command <program>',
    description:
      'run this for each change, without a shell: a program, or a JSON array of it and its arguments; may be repeated',
    parse: more(text => valueOrUsageError(parseNotifyCommand(text)).argv),
  },
  {
    flags: '--notify-mail <address>',
    description: 'send a mail for each change, over --smtp-url; may be repeated',
    parse: more(text => valueOrUsageError(parseMailAddress(text)).address),
  },
  {
    flags: '--notify-from <address>',
    description: 'the sender of such mail',
    otherwise: 'cronitor@ and the name of this host',
    parse: text => valueOrUsageError(parseMailAddress(text)).address,
  },
  {
    flags: '--smtp-url <url>',
    description: 'the mail server for --notify-mail, such as smtp://localhost:25',
    variable: 'CRONITOR_SMTP_URL',
    parse: text => valueOrUsageError(parseSmtpUrl(text)).server,
  },
  {
    flags: '--smtp-port <n>',
    description: 'receive mail on this port and take it for events; 0 takes a free one and prints it',
    otherwise: 'no mail is received',
    parse: port,
  },
  {
    flags: '--smtp-default-state <state>',
    description: `the state of mail whose subject names none: ${STATES.join(', ')}`,
    otherwise: 'such mail is refused',
    parse: text => {
      const state = STATES.find(name => name === text)
      if (state === undefined) throw new InvalidArgumentError(`expected ${STATES.join(', ')}`)
      return state
    },
  },
  {
    flags: '--smtp-fail-words <words>',
    description: 'mail whose subject has one of these words (commas between them) is a failure',
    parse: text => {
      const words = text.split(',').map(word => word.trim().toLowerCase())
      if (words.includes('')) throw new InvalidArgumentError('expected words parted by commas')
      return words
    },
  },
  {
    flags: '--forward-to <url>',
    description: 'send on what is received to another Telemetry API, such as https://cronitor.link',
    parse: text => valueOrUsageError(parseUrl(text)).url,
  },
  { flags: '--forward-key-file <file>', description: 'the API key for --forward-to, in the first line' },
]
