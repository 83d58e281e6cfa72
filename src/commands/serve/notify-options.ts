/** Reads whom to tell of changes; what is wrong is said without repeating the text, which may hold a password. */

import type { SmtpServer } from '../../server/notify/mail-channel.ts'

type Wrong = { readonly ok: false; readonly problem: string }

/** An absolute http or https URL, with a user name, password, path and query as it likes. */
export function parseNotifyUrl(text: string): { readonly ok: true; readonly url: string } | Wrong {
  // `new URL` forgives much that a typing error makes.
  if (/^https?:\/\/[^/]/i.test(text) && !/[\s\\#\p{Cc}]/u.test(text) && URL.canParse(text)) {
    const url = new URL(text)
    if (isDecodable(url.username) && isDecodable(url.password)) return { ok: true, url: url.href }
  }
  return { ok: false, problem: 'expected an http:// or https:// URL' }
}

/** A program's path or name; or, where it begins with `[`, a JSON array of that and its arguments. */
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

/** `user@host` alone: no display name, and one address. */
export function parseMailAddress(text: string): { readonly ok: true; readonly address: string } | Wrong {
  return /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()\\,;"\p{Cc}]+$/u.test(text)
    ? { ok: true, address: text }
    : { ok: false, problem: 'expected one mail address, such as ops@example.org' }
}

/** `smtp://[user:password@]host[:port]` (25) or `smtps://…` (465). */
export function parseSmtpUrl(text: string): { readonly ok: true; readonly server: SmtpServer } | Wrong {
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
