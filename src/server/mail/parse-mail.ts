/** Takes a mail apart: its subject, its text, and the headers that say something about the event. */

import { type Headers, MailParser, type MailParserOptions, type MessageText } from 'mailparser'
import { flattenHtml } from './flatten-html.ts'

export interface Mail {
  /** Decoded; empty where there is none. */
  readonly subject: string
  /** The body as text, made of its HTML where there is nothing else. Attachments are no part of it. */
  readonly text: string
  /** The values of a header, by its name in lower case, in the order in which they stand; empty ones are not there. */
  readonly header: (name: string) => readonly string[]
}

export type ParsedMail =
  | { readonly kind: 'mail'; readonly mail: Mail }
  /** `reason` is the rest of a sentence ("the mail …"). */
  | { readonly kind: 'unreadable'; readonly reason: string }

const MAX_HEADER_BYTES = 64 * 1024

/** Mail of people and programs has a few. */
const MAX_PARTS = 100

/** In UTF-16 units. The server does nothing else while text is made of HTML: 0.1 s for as much as this. */
const MAX_HTML_LENGTH = 128 * 1024

const NO_TEXT_OF_HTML = '[the HTML of this mail is too long or too deep to be made into text]'

/** Never rejects. What is attached is let go as it is read. */
export async function parseMail(bytes: Buffer): Promise<ParsedMail> {
  const parsed = await parse(bytes, { skipHtmlToText: true })
  if (parsed === undefined) {
    return { kind: 'unreadable', reason: 'cannot be taken apart: it has too many headers or parts' }
  }
  const { headers, content } = parsed
  const subject = headers?.get('subject')
  return {
    kind: 'mail',
    mail: {
      subject: typeof subject === 'string' ? subject : '',
      text: await textOf(content),
      header: name => [headers?.get(name)].flat().filter(value => typeof value === 'string'),
    },
  }
}

interface Parsed {
  readonly headers: Headers | undefined
  readonly content: MessageText | undefined
}

/** Undefined where the parser gives up. */
function parse(bytes: Buffer, options: MailParserOptions): Promise<Parsed | undefined> {
  return new Promise(resolve => {
    let headers: Headers | undefined
    let content: MessageText | undefined
    const parser = new MailParser({
      maxHeadSize: MAX_HEADER_BYTES,
      maxChildNodes: MAX_PARTS,
      // Text is never shown as HTML here, and looking for links in it takes longer than all else.
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
  // As a mail of its own: the parser makes text of HTML only where nothing is beside it, not even an attachment.
  const alone = await parse(
    Buffer.from(`Content-Type: text/html; charset=utf-8\r\n\r\n${flattenHtml(content.html)}`),
    {
      maxHtmlLengthToParse: MAX_HTML_LENGTH,
    },
  )
  return alone?.content?.textConversionError === undefined ? (alone?.content?.text ?? '') : NO_TEXT_OF_HTML
}
