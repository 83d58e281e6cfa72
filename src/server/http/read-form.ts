/** Reads the form that a browser posts. */

import type { IncomingMessage } from 'node:http'
import { type Answer, errorAnswer } from './answer.ts'

export type PostedForm =
  | { readonly kind: 'form'; readonly fields: URLSearchParams }
  | { readonly kind: 'refused'; readonly answer: Answer }

const TYPE = 'application/x-www-form-urlencoded'

/** A request without a body is an empty form. Rejects if the client goes away before the end. */
export async function readForm(request: IncomingMessage, maxBytes: number): Promise<PostedForm> {
  const { 'content-type': type, 'content-length': length } = request.headers
  const hasBody = request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0'
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== TYPE && (hasBody || type !== undefined)) {
    return refused(415, `a form has the type ${TYPE}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBytes) return refused(413, `the form has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return { kind: 'form', fields: new URLSearchParams(Buffer.concat(chunks).toString()) }
}

/** The rest of the body is not read, so the connection cannot be used for another request. */
function refused(status: number, error: string): PostedForm {
  return { kind: 'refused', answer: errorAnswer(status, error, undefined, { connection: 'close' }) }
}
