import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Completed, responseReader } from '../../src/client/response-reader.ts'
import { errorCode } from '../../src/system/errors.ts'

interface Read {
  readonly statuses: readonly number[]
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly completed: Completed | undefined
  readonly endsWithConnection: boolean
}

function readPieces(pieces: readonly string[], hasBody = true): Read {
  const statuses: number[] = []
  let headers = {}
  let body = ''
  const reader = responseReader(hasBody, {
    onHead: (status, found) => {
      statuses.push(status)
      headers = { ...found }
    },
    onData: bytes => {
      body += Buffer.from(bytes).toString('latin1')
    },
  })
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'))
  const completed = reader.completed()
  return { statuses, headers, body, completed, endsWithConnection: reader.endsWithConnection() }
}

const readAll = (text: string, hasBody = true): Read => readPieces([text], hasBody)

function faultOf(text: string): string | undefined {
  try {
    readAll(text)
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const REUSABLE = { idleMs: 3_600_000 }
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, chunks\r\n\r\n0\r\nx: y\r\n\r\n`

describe('a response', () => {
  test('has status, headers in lower case, and a body of its length', () => {
    expect(readAll(`${OK}Content-Length: 2\r\nX-A:  b \r\nx-a: c\r\n\r\nhi`)).toEqual({
      statuses: [200],
      headers: { 'content-length': '2', 'x-a': 'b, c' },
      body: 'hi',
      completed: REUSABLE,
      endsWithConnection: false,
    })
  })

  test('can be chunked, with extensions and trailers', () => {
    expect(readAll(CHUNKED)).toMatchObject({ body: 'hello, chunks\r\n', completed: REUSABLE })
  })

  test('can go on until the connection is closed', () => {
    for (const head of [`${OK}\r\n`, `${OK}transfer-encoding: gzip\r\n\r\n`])
      expect(readAll(`${head}hi`)).toMatchObject({
        body: 'hi',
        completed: undefined,
        endsWithConnection: true,
      })
  })

  test('follows interim responses', () => {
    const { statuses, body } = readAll(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nx: y\r\n\r\n${OK}content-length: 1\r\n\r\nx`,
    )
    expect(statuses).toEqual([100, 103, 200])
    expect(body).toBe('x')
  })

  test('has no body after HEAD, and with 204 and 304', () => {
    expect(readAll(`${OK}content-length: 9\r\n\r\n`, false).completed).toEqual(REUSABLE)
    for (const status of [204, 304])
      expect(readAll(`HTTP/1.1 ${status} x\r\ncontent-length: 9\r\n\r\n`).completed).toEqual(REUSABLE)
  })

  test('is incomplete until its last byte', () => {
    for (const text of [CHUNKED, `${OK}content-length: 2\r\n\r\nhi`])
      for (let length = 0; length < text.length; length += 1)
        expect(readAll(text.slice(0, length)).completed).toBeUndefined()
  })

  test('is the same in any pieces', () => {
    const texts = fc.constantFrom(
      CHUNKED,
      `HTTP/1.1 102 x\r\n\r\n${OK}content-length: 5\r\nx: y\r\n\r\nab\r\nc`,
    )
    fc.assert(
      fc.property(texts, fc.array(fc.nat(200)), (text, cuts) => {
        const at = [...new Set([0, ...cuts.filter(cut => cut < text.length), text.length])].sort(
          (a, b) => a - b,
        )
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
        expect(readPieces(pieces)).toEqual(readAll(text))
      }),
    )
  })
})

describe('the connection can be used again', () => {
  test.each([
    ['as long as the server says, but for a second', 'keep-alive: timeout=5, max=9', 4000],
    ['not if the server waits for a second only', 'keep-alive: timeout=1', 0],
    ['not if the server closes it', 'connection: Close', 0],
  ])('%s', (_name, header, idleMs) => {
    expect(readAll(`${OK}${header}\r\ncontent-length: 0\r\n\r\n`).completed).toEqual({ idleMs })
  })

  test('not after HTTP/1.0, and not if bytes follow the response', () => {
    expect(readAll('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n').completed).toEqual({ idleMs: 0 })
    expect(readAll(`${OK}content-length: 0\r\n\r\nHTTP/1.1 408 x\r\n\r\n`).completed).toEqual({ idleMs: 0 })
  })
})

describe('no HTTP is', () => {
  test.each([
    ['another protocol', 'SSH-2'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['another protocol that nobody has asked for', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['a header without a colon', `${OK}nonsense\r\n\r\n`],
    ['a header without a name', `${OK}: x\r\n\r\n`],
    ['a blank in the name of a header', `${OK}content-length : 1\r\n\r\n`],
    ['a length that is no number', `${OK}content-length: -1\r\n\r\n`],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\n`],
    ['the size of a chunk that is no number', `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
  ])('%s', (_name, text) => {
    expect(faultOf(text)).toBe('HPE_INVALID_RESPONSE')
  })

  test('a header without end, which is not kept', () => {
    const long = 'x'.repeat(20_000)
    expect(faultOf(`${OK}x: ${long}`)).toBe('HPE_HEADER_OVERFLOW')
    expect(faultOf(`${OK}x: ${long}\r\n\r\n`)).toBe('HPE_HEADER_OVERFLOW')
    expect(faultOf(`${OK}transfer-encoding: chunked\r\n\r\n1;${long}`)).toBe('HPE_HEADER_OVERFLOW')
  })
})

test('any bytes are a response, an incomplete one, or no HTTP', () => {
  const codes = [undefined, 'HPE_INVALID_RESPONSE', 'HPE_HEADER_OVERFLOW']
  fc.assert(
    fc.property(
      fc.constantFrom('', OK, `${OK}transfer-encoding: chunked\r\n\r\n`),
      fc.string(),
      (head, text) => {
        expect(codes).toContain(faultOf(head + text))
      },
    ),
  )
})
