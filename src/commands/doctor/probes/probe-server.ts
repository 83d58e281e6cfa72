/** Asks the API's host for any answer, with the connections that events use. Nothing is reported by it, and no key is sent. */

import {
  certificateProblem,
  connectionFault,
  connectionProblem,
  type Peer,
} from '../../../client/connection-problem.ts'
import { openConnections } from '../../../client/connections.ts'
import type { HttpConnection } from '../../../client/http-connection.ts'
import type { ClientEnvironment } from '../../../client/proxy.ts'
import { monotonicMs } from '../../../system/clock.ts'
import { VERSION } from '../../../system/version.ts'

export type ServerProbe =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly date: string | undefined
      readonly age: string | undefined
      /** From the beginning of the connection to the head of the answer. */
      readonly elapsedMs: number
      /** By the wall clock, in milliseconds since 1970. */
      readonly askedAt: number
      readonly answeredAt: number
      /** True if the certificate was verified with the authorities of the system. */
      readonly needsSystemStore: boolean
    }
  | {
      readonly kind: 'failed'
      /** One line, without any part of the request. */
      readonly problem: string
      /** True if a certificate was refused. */
      readonly isCertificate: boolean
      readonly isAboutProxy: boolean
    }

interface ProbeRequest {
  /** Of the API. */
  readonly base: URL
  readonly proxy: URL | undefined
  readonly env: ClientEnvironment
  readonly timeoutMs: number
}

/** Never rejects. A HEAD of the base path: no path of the API is used. */
export async function probeServer({ base, proxy, env, timeoutMs }: ProbeRequest): Promise<ServerProbe> {
  const peer: Peer = proxy === undefined ? { host: base.host } : { host: base.host, proxy: proxy.host }
  const connections = openConnections(new URL(base.origin), proxy, env)
  const path = `${base.pathname.replace(/\/+$/, '')}/`
  const tried = new Set<string>()
  const end = monotonicMs() + timeoutMs
  for (let needsSystemStore = false; ; needsSystemStore = true) {
    let fault: unknown
    let connection: HttpConnection | undefined
    try {
      connection = connections.open()
      const asked = await ask(connection, path, Math.max(0, end - monotonicMs()))
      if (asked.kind === 'answered') return { ...asked, needsSystemStore }
      if (asked.kind === 'late') {
        const reached = proxy === undefined ? peer.host : `proxy ${peer.proxy}`
        const problem = `${asked.isConnected ? 'no answer from' : 'no connection to'} ${reached} within ${timeoutMs / 1000} s`
        return { kind: 'failed', problem, isCertificate: false, isAboutProxy: proxy !== undefined }
      }
      fault = asked.error
    } catch (error) {
      fault = error
    } finally {
      connection?.destroy()
    }
    const other = connections.alternativeFor(fault, tried)
    if (other.kind === 'none') return failure(fault, peer, other.problem)
  }
}

function failure(fault: unknown, peer: Peer, further: string | undefined): ServerProbe {
  const problem = connectionProblem(fault, peer)
  const { code } = connectionFault(fault)
  return {
    kind: 'failed',
    problem: further === undefined ? problem : `${problem}; ${further}`,
    isCertificate: certificateProblem(code) !== undefined,
    isAboutProxy: peer.proxy !== undefined && problem.includes('proxy'),
  }
}

type Asked =
  | Omit<Extract<ServerProbe, { kind: 'answered' }>, 'needsSystemStore'>
  | { readonly kind: 'late'; readonly isConnected: boolean }
  | { readonly kind: 'error'; readonly error: unknown }

function ask(connection: HttpConnection, path: string, timeoutMs: number): Promise<Asked> {
  return new Promise(resolve => {
    const start = monotonicMs()
    let isConnected = false
    const finish = (asked: Asked): void => {
      clearTimeout(timer)
      resolve(asked)
    }
    const timer = setTimeout(() => finish({ kind: 'late', isConnected }), timeoutMs)
    // Before the request, because the other clock is read after it.
    let askedAt = Date.now()
    const headers = { 'user-agent': `cronitor-exec/${VERSION}` }
    connection.dispatch(
      { method: 'HEAD', path, headers },
      {
        onStart: () => {
          isConnected = true
          askedAt = Date.now()
        },
        onHead: (status, { date, age }) => {
          if (status < 200) return
          finish({
            kind: 'answered',
            status,
            date: textOf(date),
            age: textOf(age),
            elapsedMs: Math.round(monotonicMs() - start),
            askedAt,
            answeredAt: Date.now(),
          })
        },
        onData: () => {},
        onEnd: () => {},
        onError: error => finish({ kind: 'error', error }),
      },
    )
  })
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
