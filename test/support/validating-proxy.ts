/**
 * A proxy in front of a real `cronitor serve`: it passes each request and each response on as it came, and holds both
 * against the API's description, by a library that knows nothing of this project.
 */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { checkResponse } from './api-validator.ts'
import { noteChecked } from './checked-traffic.ts'
import { problemsOf, type RecordedRequest, recordOf } from './recorded-request.ts'

export interface ValidatingProxy {
  readonly url: string
  /** Each problem of each request and response, in their order. */
  readonly problems: readonly string[]
  readonly requests: () => number
  readonly responses: () => number
  /** Ends the proxy and every connection; throws if there was a problem. */
  readonly close: () => Promise<void>
}

/**
 * Starts one on a free port of 127.0.0.1, in front of `toUrl` (http). Without it, the port of 127.0.0.1 that a request
 * is for is the first part of its path: `/to-8427/p/KEY/MONITOR`.
 */
export async function startValidatingProxy(toUrl?: string): Promise<ValidatingProxy> {
  const problems: string[] = []
  const seen = { request: 0, response: 0 }

  function note(what: 'request' | 'response', recorded: RecordedRequest, found: readonly string[]): void {
    seen[what] += 1
    const { method, monitorKey, state } = recorded
    const named = found.map(problem => `${method} ${monitorKey} state=${state}: ${problem}`)
    problems.push(...named)
    const { testPath = '', currentTestName = '' } = expect.getState()
    noteChecked({ what, by: 'proxy', file: testPath, test: currentTestName, problems: named })
  }

  function passOn(message: IncomingMessage, response: ServerResponse): void {
    const { url, target } = toUrl === undefined ? leadOf(message.url) : { url: toUrl, target: message.url }
    message.url = target
    const recorded = recordOf(message)
    const found = problemsOf(recorded)
    note('request', recorded, found)
    const onward = request({
      hostname: new URL(url).hostname,
      port: new URL(url).port,
      method: recorded.method,
      path: recorded.target,
      headers: message.rawHeaders,
      setHost: false,
      agent: false,
    })
    // Whatever ends one connection ends the other, as without a proxy.
    const cut = (): void => {
      onward.destroy()
      message.socket.destroy()
    }
    onward.on('error', cut)
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy()
    })
    onward.on('response', answer => {
      const body: Buffer[] = []
      answer.on('data', (chunk: Buffer) => body.push(chunk))
      answer.on('error', cut)
      answer.on('end', () => {
        const { statusCode: status = 0, headers } = answer
        note(
          'response',
          recorded,
          // To a request that is wrong anything else may be said.
          found.length > 0
            ? []
            : checkResponse(
                { method: recorded.method, url: recorded.target },
                { status, headers, body: Buffer.concat(body) },
              ),
        )
        response.writeHead(status, answer.statusMessage, answer.rawHeaders)
        response.end(Buffer.concat(body))
      })
    })
    message.on('error', cut)
    message.pipe(onward)
  }

  const server = createServer({ maxHeaderSize: 256 * 1024, keepAliveTimeout: 60_000 }, passOn)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    problems,
    requests: () => seen.request,
    responses: () => seen.response,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      if (problems.length > 0) throw new Error(`what the API does not declare:\n${problems.join('\n')}`)
    },
  }
}

function leadOf(target = ''): { readonly url: string; readonly target: string } {
  const [, port = '', rest = ''] = /^\/to-(\d+)(\/.*)$/.exec(target) ?? []
  return { url: `http://127.0.0.1:${port}`, target: rest }
}

/** The same for one test, which fails if there was a problem. Its result is an argument for `reportingTo`. */
export async function checked({ url }: { readonly url: string }): Promise<ValidatingProxy> {
  const proxy = await startValidatingProxy(url)
  onTestFinished(() => proxy.close())
  return proxy
}
