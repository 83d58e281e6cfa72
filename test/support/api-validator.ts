/** Holds requests and responses against telemetry-api.yml, by way of a library that knows nothing of this project. */

import { fileURLToPath } from 'node:url'
import { OpenAPIBackend, SetMatchType } from 'openapi-backend'

/** What a request line may have at most, in bytes, so that no server or proxy on the way refuses it. */
const MAX_TARGET_BYTES = 8000

export interface RequestToCheck {
  readonly method: string
  /** The request target as it stood in the request line: path and query, still encoded. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** No number that the API declares may be negative. */
const WRITTEN = { integer: /^-?(0|[1-9][0-9]*)$/, number: /^[0-9]+(\.[0-9]+)?$/ }

export const DESCRIPTION = fileURLToPath(new URL('./telemetry-api.yml', import.meta.url))

const api = new OpenAPIBackend({
  definition: DESCRIPTION,
  // The description is validated by one test, not in each test file: that takes most of a second.
  quick: true,
  strict: true,
  ignoreTrailingSlashes: false,
  ajvOpts: { allErrors: true, strict: false },
})
await api.init()

/** All that is wrong with a request, in words that name the parameter but not the API key; empty if it is right. */
export function checkRequest({ method, url, headers }: RequestToCheck): string[] {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const rawQuery = mark < 0 ? '' : url.slice(mark + 1)

  const problems: string[] = []
  if (Buffer.byteLength(url) > MAX_TARGET_BYTES) {
    problems.push(`the request target has ${Buffer.byteLength(url)} bytes, more than ${MAX_TARGET_BYTES}`)
  }
  // Both are checked here, since the library's decoders throw for the path and mend the query silently.
  if (!isEncoded(path)) return [...problems, 'the path is not percent-encoded UTF-8']
  if (!isEncoded(rawQuery)) return [...problems, 'the query is not percent-encoded UTF-8']
  // The library's router takes two slashes at the front for one.
  if (path.includes('//')) return [...problems, 'a part of the path is empty']

  const request = { method, path, headers: headersOf(headers), query: queryOf(rawQuery) }
  const operation = api.router.matchOperation(request)
  if (operation === undefined) return [...problems, `${method} is not declared for this path`]

  // The library turns text into numbers as JavaScript does (' 1e2 ' is 100): an integer is written as JSON writes it,
  // another number in decimal digits.
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter || parameter.schema === undefined || '$ref' in parameter.schema) continue
    const { type } = parameter.schema
    if (parameter.in !== 'query' || (type !== 'integer' && type !== 'number')) continue
    const value = request.query[parameter.name]
    if (typeof value !== 'string') continue
    if (!WRITTEN[type].test(value) || !Number.isFinite(Number(value))) {
      problems.push(`/query/${parameter.name} is not written as its type, ${type}, is`)
    }
  }

  const { errors } = api.validator.validateRequest(request, operation)
  for (const error of errors ?? []) {
    // Only `params` has the name that is not declared.
    const detail = error.keyword === 'additionalProperties' ? ` (${JSON.stringify(error.params)})` : ''
    problems.push(`${error.instancePath} ${error.message ?? error.keyword}${detail}`)
  }
  return problems
}

export interface ResponseToCheck {
  readonly status: number
  readonly headers: RequestToCheck['headers']
  readonly body: Buffer
}

/**
 * All that is wrong with the response to a request that is right: a status that is not declared for it, a header that is
 * missing or is not as declared, a body that is not; empty if it is right.
 */
export function checkResponse(
  { method, url }: Pick<RequestToCheck, 'method' | 'url'>,
  { status, headers, body }: ResponseToCheck,
): string[] {
  const [path = ''] = url.split('?', 1)
  const operation = api.router.matchOperation({ method, path, headers: {}, query: {} })
  if (operation === undefined) return [`${method} is not declared for this path`]
  const declared = operation.responses?.[String(status)]
  if (declared === undefined || '$ref' in declared) return [`the status ${status} is not declared`]

  const problems: string[] = []
  const given = headersOf(headers)
  const types = Object.keys(declared.content ?? {})
  const type = String(given['content-type'] ?? '').split(';', 1)[0] ?? ''
  let content: unknown
  if (method === 'HEAD') {
    if (body.length > 0) problems.push('there is a body')
  } else if (!types.includes(type)) {
    problems.push(`the body is ${type || 'of no type'}, not ${types.join(', ') || 'of none'}`)
  } else {
    try {
      content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    } catch {
      problems.push('the body is no JSON')
    }
  }
  const results = [
    api.validator.validateResponseHeaders(given, operation, {
      statusCode: status,
      setMatchType: SetMatchType.Superset,
    }),
    ...(content === undefined ? [] : [api.validator.validateResponse(content, operation, status)]),
  ]
  for (const { errors } of results) {
    for (const error of errors ?? []) problems.push(`${error.instancePath} ${error.message ?? error.keyword}`)
  }
  return problems
}

/** Is this printable ASCII whose percent-escapes are complete and decode to UTF-8 (RFC 3986, section 2)? */
function isEncoded(text: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(text)) return false
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A name that is given more than once has an array, which only a parameter declared as an array may have. */
function queryOf(raw: string): Record<string, string | string[]> {
  const params = new URLSearchParams(raw)
  return Object.fromEntries(
    [...new Set(params.keys())].map(name => {
      const [first = '', ...others] = params.getAll(name)
      return [name, others.length === 0 ? first : [first, ...others]]
    }),
  )
}

function headersOf(headers: RequestToCheck['headers']): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) given[name] = typeof value === 'string' ? value : [...value]
  }
  return given
}
