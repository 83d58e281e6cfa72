/**
 * Reads an HTTP/1.1 response from the bytes of a connection (RFC 9112). Not node:http: most runs need it for two short answers, and
 * loading it takes a twelfth of the run's processor time (bench/RESULTS.md, "Where the npm package's time goes").
 */

import type { ResponseHandler } from './http-connection.ts'

export interface ResponseReader {
  /** @throws an error with the code HPE_INVALID_RESPONSE or HPE_HEADER_OVERFLOW; read nothing more then */
  read(bytes: Buffer): void
  /** Undefined until the response is complete. */
  completed(): Completed | undefined
  /** True if the response is complete once the server has closed the connection. */
  endsWithConnection(): boolean
}

/** How long the connection may stay idle before the next request, in milliseconds; 0 if it must not be used again. */
export interface Completed {
  readonly idleMs: number
}

/** Of the status line and all headers, as in Node.js; also of each line of a chunked body. */
const MAX_HEAD_BYTES = 16_384

/** What comes next. */
type Part =
  | { readonly kind: 'head' | 'chunk-size' | 'trailer' | 'until-close' | 'complete' }
  | { readonly kind: 'content' | 'chunk'; readonly left: number }

interface Head {
  readonly status: number
  readonly minorVersion: string
  readonly headers: Readonly<Record<string, string>>
}

/** @param hasBody false for the response to a HEAD request */
export function responseReader(
  hasBody: boolean,
  handler: Pick<ResponseHandler, 'onHead' | 'onData'>,
): ResponseReader {
  let pending: Buffer = Buffer.alloc(0)
  let part: Part = { kind: 'head' }
  let idleMs = 0

  function take(length: number): Buffer {
    const taken = pending.subarray(0, length)
    pending = pending.subarray(length)
    return taken
  }

  /** The text in front of `end`, which is taken too; undefined if it has not arrived yet. */
  function takeUntil(end: string): string | undefined {
    const at = pending.indexOf(end)
    if (at > MAX_HEAD_BYTES || (at < 0 && pending.length > MAX_HEAD_BYTES)) throw fault('HPE_HEADER_OVERFLOW')
    return at < 0 ? undefined : take(at + end.length).toString('latin1', 0, at)
  }

  function readHead(): boolean {
    const start = pending.toString('latin1', 0, START.length)
    if (!START.startsWith(start)) throw fault('HPE_INVALID_RESPONSE')
    const text = takeUntil('\r\n\r\n')
    if (text === undefined) return false
    const head = parseHead(text)
    handler.onHead(head.status, head.headers)
    // An interim response; the next one follows.
    if (head.status < 200) return true
    idleMs = idleTimeAfter(head)
    part = bodyOf(head, hasBody)
    return true
  }

  function readData(kind: 'content' | 'chunk', left: number): boolean {
    if (left > 0 && pending.length === 0) return false
    const data = take(Math.min(left, pending.length))
    if (data.length > 0) handler.onData(data)
    if (data.length < left) part = { kind, left: left - data.length }
    else part = { kind: kind === 'chunk' ? 'chunk-size' : 'complete' }
    return true
  }

  /** The line with a chunk's size. A chunk ends in a line break too, so that an empty line may come before it. */
  function readChunkSize(): boolean {
    const line = takeUntil('\r\n')
    if (line === undefined) return false
    if (line === '') return true
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? []
    if (digits === undefined) throw fault('HPE_INVALID_RESPONSE')
    const left = Number.parseInt(digits, 16)
    part = left === 0 ? { kind: 'trailer' } : { kind: 'chunk', left }
    return true
  }

  /** True if more can be read from what has arrived. */
  function readPart(): boolean {
    switch (part.kind) {
      case 'head':
        return readHead()
      case 'content':
      case 'chunk':
        return readData(part.kind, part.left)
      case 'chunk-size':
        return readChunkSize()
      case 'trailer': {
        const line = takeUntil('\r\n')
        if (line === '') part = { kind: 'complete' }
        return line !== undefined
      }
      case 'until-close':
        if (pending.length > 0) handler.onData(take(pending.length))
        return false
      case 'complete':
        return false
      default:
        return part satisfies never
    }
  }

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
      while (readPart());
    },
    // Bytes behind the response belong to no request.
    completed: () => (part.kind === 'complete' ? { idleMs: pending.length === 0 ? idleMs : 0 } : undefined),
    endsWithConnection: () => part.kind === 'until-close',
  }
}

const START = 'HTTP/1.'

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n')
  const [, minorVersion, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(first) ?? []
  // This client never asks for another protocol.
  if (minorVersion === undefined || status === '101') throw fault('HPE_INVALID_RESPONSE')
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (name === '' || name.includes(' ') || name.includes('\t')) throw fault('HPE_INVALID_RESPONSE')
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return { status: Number(status), minorVersion, headers }
}

/** RFC 9112, 6.3. */
function bodyOf({ status, headers }: Head, hasBody: boolean): Part {
  if (!hasBody || status === 204 || status === 304) return { kind: 'complete' }
  const { 'transfer-encoding': encoding, 'content-length': length } = headers
  if (encoding !== undefined)
    return { kind: encoding.toLowerCase().endsWith('chunked') ? 'chunk-size' : 'until-close' }
  if (length === undefined) return { kind: 'until-close' }
  // Two different lengths are joined by a comma.
  if (!/^\d{1,15}$/.test(length)) throw fault('HPE_INVALID_RESPONSE')
  return { kind: 'content', left: Number(length) }
}

/** Without a hint of the server. It may close the connection before. */
const IDLE_MS = 3_600_000

/** A server that says how long it waits may close the connection while the next request is on its way. */
const MARGIN_MS = 1000

function idleTimeAfter({ minorVersion, headers }: Head): number {
  const { connection = '', 'keep-alive': hint = '' } = headers
  if (minorVersion === '0' || connection.toLowerCase().includes('close')) return 0
  const [, seconds] = /\btimeout=(\d{1,6})/.exec(hint) ?? []
  return seconds === undefined ? IDLE_MS : Math.max(0, Number(seconds) * 1000 - MARGIN_MS)
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code })
}
