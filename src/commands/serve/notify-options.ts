/**
 * The options of `cronitor serve` that name notification channels. No error repeats the text: it may hold a password.
 * server/notify/channel-list.ts opens the channels.
 */

import type { OutgoingMailServer } from '../../server/notify/mail-channel.ts'
import { durationValue, type OptionRow, repeated, valueOrUsageError } from '../option-table.ts'
import { wrongValue } from '../wrong-value.ts'

export const NOTIFY_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--notify-url <url>',
    description: 'send each change of a monitor as a POST request with JSON; may be repeated',
    parse: repeated(text => valueOrUsageError(parseNotifyUrl(text)).url),
  },
  {
    flags: '--notify-command <program>',
    description:
      'run a program for each change, without a shell: its path, or a JSON array of the path and arguments; may be repeated',
    parse: repeated(text => valueOrUsageError(parseNotifyCommand(text)).argv),
  },
  {
    flags: '--notify-mail <address>',
    description: 'send a mail for each change through `--smtp-url`; may be repeated',
    parse: repeated(text => valueOrUsageError(parseMailAddress(text)).address),
  },
  {
    flags: '--notify-from <address>',
    description: 'the sender of these mails',
    otherwise: '`cronitor@` and the name of this host',
    parse: text => valueOrUsageError(parseMailAddress(text)).address,
  },
  {
    flags: '--notify-again <duration>',
    description:
      'notify again, each time that a monitor has been failing, late or overrunning for this long, such as `24h`',
    otherwise: 'only changes',
    parse: text => {
      const ms = durationValue(text)
      if (ms === 0) throw wrongValue('expected a duration of more than 0')
      return ms
    },
  },
  {
    flags: '--smtp-url <url>',
    description: 'the mail server for `--notify-mail`, such as `smtp://localhost:25`',
    variable: 'CRONITOR_SMTP_URL',
    parse: text => valueOrUsageError(parseSmtpUrl(text)).server,
  },
]

type Wrong = { readonly ok: false; readonly problem: string }

/** An absolute http or https URL. It may have a user name, password, path and query. */
export function parseNotifyUrl(text: string): { readonly ok: true; readonly url: string } | Wrong {
  // `new URL` accepts many typing errors.
  if (/^https?:\/\/[^/]/i.test(text) && !/[\s\\#\p{Cc}]/u.test(text) && URL.canParse(text)) {
    const url = new URL(text)
    if (isDecodable(url.username) && isDecodable(url.password)) return { ok: true, url: url.href }
  }
  return { ok: false, problem: 'expected an http:// or https:// URL' }
}

/** The path or name of a program; or, if it begins with `[`, a JSON array of it and its arguments. */
export function parseNotifyCommand(
  text: string,
): { readonly ok: true; readonly argv: readonly [string, ...string[]] } | Wrong {
  const words: unknown = text.startsWith('[') ? parsedJson(text) : [text]
  if (!Array.isArray(words) || !words.every(word => typeof word === 'string' && !word.includes('\0'))) {
    return { ok: false, problem: 'expected a program, or a JSON array of strings such as ["mailx", "ops"]' }
  }
  const [program, ...args] = words as string[]
  if (program === undefined || program.trim() === '') return { ok: false, problem: 'expected a program' }
  return { ok: true, argv: [program, ...args] }
}

/** One address `user@host`, without a display name. */
export function parseMailAddress(text: string): { readonly ok: true; readonly address: string } | Wrong {
  return /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()\\,;"\p{Cc}]+$/u.test(text)
    ? { ok: true, address: text }
    : { ok: false, problem: 'expected one mail address, such as ops@example.org' }
}

/** `smtp://[user:password@]host[:port]` (25) or `smtps://…` (465). */
export function parseSmtpUrl(
  text: string,
): { readonly ok: true; readonly server: OutgoingMailServer } | Wrong {
  const problem =
    'expected a mail server, such as smtp://localhost:25 or smtps://user:password@mail.example.org'
  if (!/^smtps?:\/\/[^/\s\\?#]+\/?$/i.test(text) || !URL.canParse(text)) return { ok: false, problem }
  const { protocol, hostname, port, username, password } = new URL(text)
  if (hostname === '' || !isDecodable(username) || !isDecodable(password)) return { ok: false, problem }
  const secure = protocol === 'smtps:'
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return {
    ok: true,
    server: {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 465 : 25) : Number(port),
      secure,
      ...(auth.user !== '' && { auth }),
    },
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
