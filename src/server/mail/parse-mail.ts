/** Parses a mail: its subject, text and headers. */

import { type Headers, MailParser, type MailParserOptions, type MessageText } from 'mailparser'
import { flattenHtml } from './flatten-html.ts'

export interface Mail {
  /** Decoded; empty if there is none. */
  readonly subject: string
  /** The body as text; HTML is converted if there is no plain text. Without attachments, and white space at the end. */
  readonly text: string
  /** The values of a header in their order, without empty ones. `name` is in lower case. */
  readonly header: (name: string) => readonly string[]
}

export type ParsedMail =
  | { readonly kind: 'mail'; readonly mail: Mail }
  /** `reason` continues "the mail …". */
  | { readonly kind: 'unreadable'; readonly reason: string }

const MAX_HEADER_BYTES = 64 * 1024

/** Ordinary mail has a few parts. */
const MAX_PARTS = 100

/** Headers of one name. An event has at most as many metrics. */
const MAX_DECODED = 100

/** In UTF-16 units. Converting this much HTML takes 0.1 s, during which the server does nothing else. */
const MAX_HTML_LENGTH = 128 * 1024

const NO_TEXT_OF_HTML = '[the HTML of this mail is too long or too deeply nested to be converted to text]'

/**
 * Ends the headers of a mail that has nothing behind them. The parser waits for ever for the body of a mail in a mail
 * (message/rfc822) whose headers do not end. For others, it is white space at the end.
 */
const END_OF_HEADERS = Buffer.from('\r\n\r\n')

/** Never rejects. Attachments are discarded as they are read. */
export async function parseMail(bytes: Buffer): Promise<ParsedMail> {
  const parsed = await parse(Buffer.concat([bytes, END_OF_HEADERS]), { skipHtmlToText: true })
  if (parsed === undefined) {
    return { kind: 'unreadable', reason: 'cannot be parsed: it has too many headers or parts' }
  }
  const { headers, content } = parsed
  const decoded = await decodeHeaders(headers)
  return {
    kind: 'mail',
    mail: {
      subject: subjectOf(headers),
      text: (await textOf(content)).trimEnd(),
      header: name => decoded.get(name) ?? [],
    },
  }
}

function subjectOf(headers: Headers | undefined): string {
  const subject = headers?.get('subject')
  return typeof subject === 'string' ? subject : ''
}

/** The parser leaves encoded words (RFC 2047) in most headers. Here, those of `X-Cronitor-*` are decoded. */
async function decodeHeaders(headers: Headers | undefined): Promise<Map<string, readonly string[]>> {
  const decoded = new Map<string, readonly string[]>()
  for (const [name, value] of headers ?? []) {
    const texts = [value].flat().filter(each => typeof each === 'string')
    const isOurs = name.startsWith('x-cronitor-') && texts.length <= MAX_DECODED
    decoded.set(name, isOurs ? await Promise.all(texts.map(decodeWords)) : texts)
  }
  return decoded
}

/** As the parser decodes a subject. */
async function decodeWords(text: string): Promise<string> {
  if (!text.includes('=?')) return text
  const alone = await parse(Buffer.from(`Subject: ${text}\r\n\r\n`), {})
  return subjectOf(alone?.headers)
}

interface Parsed {
  readonly headers: Headers | undefined
  readonly content: MessageText | undefined
}

/** Undefined if the parser fails. */
function parse(bytes: Buffer, options: MailParserOptions): Promise<Parsed | undefined> {
  return new Promise(resolve => {
    let headers: Headers | undefined
    let content: MessageText | undefined
    const parser = new MailParser({
      maxHeadSize: MAX_HEADER_BYTES,
      maxChildNodes: MAX_PARTS,
      // The server never shows text as HTML, and finding the links in it takes longer than everything else.
      skipTextToHtml: true,
      checksumAlgo: false,
      ...options,
    })
    parser.on('headers', given => {
      headers = given
    })
    parser.on('data', part => {
      if (part.type === 'text') {
        content = part
      } else {
        part.content.on('end', () => part.release?.())
        part.content.resume()
      }
    })
    parser.on('error', () => resolve(undefined))
    parser.on('end', () => resolve({ headers, content }))
    parser.end(bytes)
  })
}

async function textOf(content: MessageText | undefined): Promise<string> {
  if (content?.text?.trim()) return content.text
  if (!content?.html) return ''
  // Parsed again as a separate mail: the parser only converts HTML if the mail has no other part and no attachment.
  const alone = await parse(
    Buffer.from(`Content-Type: text/html; charset=utf-8\r\n\r\n${flattenHtml(content.html)}`),
    {
      maxHtmlLengthToParse: MAX_HTML_LENGTH,
    },
  )
  return alone?.content?.textConversionError === undefined ? (alone?.content?.text ?? '') : NO_TEXT_OF_HTML
}
