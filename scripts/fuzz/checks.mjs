// Checks the answers and the output of a server.
import { MARK } from './requests.mjs'

/** The problems and the statuses of all answers on one connection. */
export function checkHttp(sent, bytes) {
  const text = bytes.toString('latin1')
  const problems = []
  const statuses = []
  // Text up to the next status line belongs to an answer: no body contains a status line, unless a request sent it.
  for (const answer of text.split(/(?=HTTP\/1\.1 \d{3} )/)) {
    if (answer === '') continue
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? []
    if (status === undefined) {
      problems.push(`no answer: ${JSON.stringify(answer.slice(0, 80))}`)
      continue
    }
    statuses.push(status)
    const split = answer.indexOf('\r\n\r\n')
    const head = (split < 0 ? answer : answer.slice(0, split)).toLowerCase()
    const body = split < 0 ? '' : answer.slice(split + 4)
    // The page refuses a stream with 503 above its limit of streams.
    const isFull = status === '503' && /\/api\/stream/.test(sent.toString('latin1'))
    if (status >= '500' && !isFull) problems.push(`status ${status}: ${body.slice(0, 200)}`)
    if (head.includes(`\nx-${MARK}`))
      problems.push('a header from the text of the request is a header of the answer')
    const type = /\ncontent-type: ([^;\r\n]*)/.exec(head)?.[1]
    // The answer contains the mark of the request unescaped, so a browser must not read it as HTML.
    const isMarked = markupOf(type, body).toLowerCase().includes(`<${MARK}`)
    if (isMarked && type !== 'application/json' && type !== 'text/plain')
      problems.push(`unescaped in ${type}`)
    if (isMarked && !head.includes('\nx-content-type-options: nosniff'))
      problems.push(`${type} without nosniff`)
  }
  return { problems, statuses }
}

/** In a stream of page updates, only these parts are inserted as HTML. */
function markupOf(type, body) {
  if (type !== 'text/event-stream') return body
  return [...body.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, json]) => JSON.parse(json))
    .flatMap(({ parts, rows }) => [...parts, ...rows].map(([, markup]) => markup))
    .join('\n')
}

export function checkSmtp(bytes) {
  const problems = []
  const statuses = []
  for (const line of bytes.toString('latin1').split('\r\n')) {
    if (line === '') continue
    const [, code] = /^(\d{3})(?:[ -][\x20-\x7e]*)?$/.exec(line) ?? []
    if (code === undefined) problems.push(`no reply: ${JSON.stringify(line.slice(0, 80))}`)
    else statuses.push(`smtp ${code}`)
    if (/internal server error/.test(line)) problems.push(line)
  }
  return { problems, statuses }
}

/** Checks a line that the server has printed. */
export function checkPrinted(line) {
  if (/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/.test(line))
    return 'a printed line holds control characters'
  try {
    JSON.parse(line)
    return undefined
  } catch {
    return 'a printed line is not JSON'
  }
}
