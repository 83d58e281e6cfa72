// Creates requests: valid ones from the API's description, requests to other paths of the server, and broken ones.
import { fileURLToPath } from 'node:url'
import { OpenAPIBackend } from 'openapi-backend'

/** Sent as the name of a tag, an attribute and a header. The server uses no such name. */
export const MARK = 'zq9x'

const api = new OpenAPIBackend({
  definition: fileURLToPath(new URL('../../test/support/telemetry-api.yml', import.meta.url)),
  ajvOpts: { strict: false },
})
await api.init()
const OPERATIONS = api.router
  .getOperations()
  .map(({ method, path, parameters }) => ({ method: method.toUpperCase(), path, parameters }))

const TEXTS = [
  `<${MARK}>`,
  `</textarea></script><${MARK} onload=x>`,
  `"><${MARK}>`,
  `' ${MARK}='`,
  `\r\nX-${MARK}: 1\r\n\r\n<${MARK}>`,
  `javascript:${MARK}`,
  '\0\x1b[31m\x9b31m\u202e\u2028\ufeff\ufffd',
  '\u{1f600}'.repeat(20),
  'x'.repeat(2001),
  '../../../etc/passwd',
  '..',
  '.',
  '%',
  '%00',
  '${7*7}{{7*7}}',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  '-0',
  '1e999',
  '9007199254740993',
  '-1',
  'NaN',
  '',
  'duration:1.5',
  'count:-1e308',
  'backup',
  'nightly',
]

/** Paths of the server that receive no events; some need not exist. */
const OWN = [
  '/',
  '/api/monitors',
  '/api/monitors/KEY',
  '/api/monitors/KEY/runs',
  '/api/events',
  '/api/runs',
  '/api/stream',
  '/metrics',
  '/healthz',
  '/login',
  '/logout',
  '/monitors/KEY',
  '/assets/KEY',
  '/robots.txt',
  '/favicon.ico',
]
const OWN_PARAMETERS = [
  'after',
  'before',
  'limit',
  'monitor',
  'since',
  'next',
  'q',
  'state',
  'env',
  'key',
  'follow',
]

export function makeRequest(random, authority, keys) {
  const request = random.chance(60) ? declared(random) : own(random)
  if (random.chance(keys.length > 0 ? 60 : 10))
    request.headers.push(['Authorization', `Bearer ${random.one([...keys, 'x'])}`])
  request.headers.unshift([
    'Host',
    random.chance(95) ? authority : random.one(['evil.example', '', `${authority}\r\nX-${MARK}: 1`]),
  ])
  if (random.chance(10))
    request.headers.push(['Cookie', random.one(['session=x', `session=${MARK}; __proto__=1`, '\x80=;;=;'])])
  if (random.chance(5))
    request.headers.push(['Origin', random.one(['http://evil.example', 'null', `http://${authority}`])])
  if (random.chance(5)) request.headers.push(['Sec-Fetch-Site', random.one(['cross-site', 'none', MARK])])
  if (random.chance(5)) request.headers.push(['Last-Event-ID', text(random)])
  const bytes = Buffer.from(written(random, request), 'latin1')
  const all = random.chance(10)
    ? Buffer.concat([bytes, Buffer.from(written(random, declared(random)), 'latin1'), bytes])
    : bytes
  return random.chance(35) ? mutated(random, all) : all

  function declared(random) {
    const { method, path, parameters } = random.one(OPERATIONS)
    const key = random.chance(70) && keys.length > 0 ? random.one(keys) : text(random)
    const target = path
      .replace('/p/', random.chance(20) ? '/ping/' : '/p/')
      .replace('{apiKey}', encoded(random, key))
      .replace(
        '{monitorKey}',
        encoded(random, random.chance(50) ? random.one(['a', 'b', 'c']) : text(random)),
      )
    const query = parameters
      .filter(({ in: place, name }) => place === 'query' && (name === 'state' || random.chance(40)))
      .map(({ name, schema }) => [name, random.chance(80) ? valid(random, name, schema) : text(random)])
    if (random.chance(10)) query.push([text(random), text(random)])
    return {
      method,
      target: withQuery(random, target, query),
      headers: [],
      body: random.chance(30) ? text(random) : undefined,
    }
  }
}

function valid(random, name, schema) {
  if (schema.enum !== undefined) return random.one(schema.enum)
  if (schema.type === 'integer') return String(random.below(256))
  if (name === 'metric') return `${random.one(['count', 'duration', 'error_count'])}:${random.below(1000)}`
  return text(random).slice(0, 2000)
}

function own(random) {
  const target = random
    .one(OWN)
    .replace('KEY', () => encoded(random, random.chance(50) ? random.one(['a', 'b', 'c']) : text(random)))
  const query = random.many(3, () => [
    random.chance(80) ? random.one(OWN_PARAMETERS) : text(random),
    text(random),
  ])
  const method = random.one([
    'GET',
    'GET',
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PATCH',
  ])
  const headers = []
  let body
  if (method === 'POST') {
    headers.push([
      'Content-Type',
      random.one(['application/x-www-form-urlencoded', 'application/json', 'multipart/form-data', MARK]),
    ])
    body = random.one([
      `key=${encodeURIComponent(wellFormed(text(random)))}&next=${encodeURIComponent(wellFormed(text(random)))}`,
      '{"a":',
      'x'.repeat(9000),
      '%zz=%',
    ])
  }
  return { method, target: withQuery(random, target, query), headers, body }
}

function text(random) {
  return random.chance(85) ? random.one(TEXTS) : random.bytes(random.below(40)).toString('utf8')
}

function wellFormed(value) {
  return value.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Percent-encoded; sometimes left unencoded. */
function encoded(random, value) {
  if (random.chance(5)) return Buffer.from(value.replace(/[\s\0]/g, '')).toString('latin1')
  return encodeURIComponent(wellFormed(value))
}

function withQuery(random, path, query) {
  if (query.length === 0) return path
  return `${path}?${query.map(([name, value]) => `${encoded(random, name)}=${encoded(random, value)}`).join('&')}`
}

function written(random, { method, target, headers, body }) {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  if (body === undefined) return `${lines.join('\r\n')}\r\n\r\n`
  const bytes = Buffer.from(body).toString('latin1')
  if (random.chance(30)) {
    const size = bytes.length.toString(16)
    return `${lines.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${bytes}\r\n0\r\n\r\n`
  }
  return `${lines.join('\r\n')}\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`
}

const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '%',
  '%ff',
  '\xff\xfe',
  '\xc0\xaf',
  '//',
  '?',
  '#',
  `X-${MARK}: 1\r\n`,
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\nConnection: Upgrade\r\n',
  'Connection: close\r\n',
  'ffffffffffffffff\r\n',
  'HTTP/9.9',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'CONNECT a:1 HTTP/1.1\r\n\r\n',
  `A: ${'y'.repeat(70_000)}\r\n`,
  'B: z\r\n'.repeat(3000),
]

function mutated(random, bytes) {
  let result = bytes
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(result.length + 1)
    const front = result.subarray(0, at)
    const back = result.subarray(at)
    switch (random.below(6)) {
      case 0:
        result = Buffer.concat([front, Buffer.from(random.one(PIECES), 'latin1'), back])
        break
      case 1:
        result = Buffer.concat([front, back.subarray(1 + random.below(8))])
        break
      case 2:
        result = Buffer.concat([front, random.bytes(1 + random.below(4)), back.subarray(1)])
        break
      case 3:
        result = Buffer.concat([front, back.subarray(0, 20), back])
        break
      case 4:
        result = front
        break
      default: {
        // After a line, so that the piece is among the headers.
        const line = result.indexOf('\r\n', at)
        const to = line < 0 ? result.length : line + 2
        result = Buffer.concat([
          result.subarray(0, to),
          Buffer.from(random.one(PIECES), 'latin1'),
          result.subarray(to),
        ])
      }
    }
  }
  return result
}
