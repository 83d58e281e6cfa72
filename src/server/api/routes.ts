/** The JSON that programs read, under /api. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseTarget, type Target } from '../http/request-target.ts'
import { getRoute, type Route } from '../http/route.ts'
import type { CanStillRead, RouteContext } from '../http/route-context.ts'
import { EVENT_PARAMETERS, listEventsAfter } from './event-list.ts'
import { createLongPolls, type LongPoll, type LongPollLimits } from './long-poll.ts'
import { monitorJson } from './monitor-json.ts'
import { type ParameterParsers, type ParameterValues, parseQuery, wholeNumber } from './query-parameters.ts'
import { listChangedRuns, listRuns, RUN_PARAMETERS, type RunParameters } from './run-list.ts'
import { createRefuse, type Refuse, sendJson } from './send-response.ts'

/** Messages of 30 runs of each of a thousand monitors would be megabytes, which the list is seldom asked for. */
const MONITOR_PARAMETERS = { recent: wholeNumber(0, 30) } as const
const DEFAULT_RECENT = { list: 0, single: 30 } as const

const WAITING: LongPollLimits = { maxVisits: 100, gatherMs: 100 }

/** Paths are read here and not by the router, strictly: a key may hold `/`, `%` or be as long as a key can be. */
export function apiRoutes(
  context: RouteContext,
  canStillRead: CanStillRead,
  limits: LongPollLimits = WAITING,
): Route[] {
  const { store } = context
  const waiting = createLongPolls(context, limits)
  const refuse = createRefuse(context.refusals)

  /** Answers as `page` says, which is given a visit where the client is ready to wait. */
  async function waited(
    request: IncomingMessage,
    response: ServerResponse,
    seconds: number | undefined,
    monitorKey: string | undefined,
    page: (visit: LongPoll | undefined) => Promise<object>,
  ): Promise<void> {
    if (seconds === undefined || seconds === 0) return sendJson(response, await page(undefined))
    const visit = waiting.begin(seconds * 1000, monitorKey)
    if (visit === undefined) {
      response.setHeader('retry-after', '5')
      return refuse(response, 503, 'too many clients wait already', 'wait')
    }
    const { socket } = request
    // A client that ends its side is answered (sockets.ts), but not waited with: most have gone.
    if (socket.readableEnded || socket.destroyed) visit.leave()
    socket.once('end', visit.leave).once('close', visit.leave)
    try {
      const waitedFor = await page(visit)
      return canStillRead(request)
        ? sendJson(response, waitedFor)
        : refuse(response, 401, 'the key was taken out, or the session has ended, meanwhile')
    } finally {
      socket.off('end', visit.leave).off('close', visit.leave)
      visit.leave()
    }
  }

  async function runs(
    request: IncomingMessage,
    response: ServerResponse,
    parameters: RunParameters,
    monitorKey: string | undefined,
  ): Promise<void> {
    const { before, changed_after: after, wait } = parameters
    if (after === undefined) {
      if (wait !== undefined) return refuse(response, 400, 'wait goes with changed_after alone', 'wait')
      return sendJson(response, await listRuns(store, parameters, monitorKey))
    }
    if (before !== undefined) {
      return refuse(response, 400, 'before and changed_after exclude each other', 'before')
    }
    return waited(request, response, wait, monitorKey, visit =>
      listChangedRuns(store, after, parameters, monitorKey, visit),
    )
  }

  async function monitor(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseTarget(request.url ?? '')
    if (target.kind === 'malformed') return malformed(response, refuse, target)
    const [, , key = '', part, ...more] = target.segments
    const isRuns = part === 'runs' && more.length === 0
    if (key === '' || (part !== undefined && !isRuns)) {
      return refuse(response, 404, 'there is no such path')
    }
    const known = await store.monitors({ key, recent: 0 })
    if (known.length === 0) return refuse(response, 404, 'there is no such monitor', 'monitor')
    if (isRuns) {
      return withQuery(request, response, refuse, RUN_PARAMETERS, values =>
        runs(request, response, values, key),
      )
    }
    return withQuery(request, response, refuse, MONITOR_PARAMETERS, async values => {
      const [found] = await store.monitors({ key, recent: values.recent ?? DEFAULT_RECENT.single })
      return found === undefined
        ? refuse(response, 404, 'there is no such monitor', 'monitor')
        : sendJson(response, monitorJson(found))
    })
  }

  return [
    getRoute('/api/events', (request, response) =>
      withQuery(request, response, refuse, EVENT_PARAMETERS, values =>
        waited(request, response, values.wait, undefined, visit => listEventsAfter(store, values, visit)),
      ),
    ),
    getRoute('/api/runs', (request, response) =>
      withQuery(request, response, refuse, RUN_PARAMETERS, values =>
        runs(request, response, values, undefined),
      ),
    ),
    getRoute('/api/monitors', (request, response) =>
      withQuery(request, response, refuse, MONITOR_PARAMETERS, async ({ recent = DEFAULT_RECENT.list }) => {
        const monitors = await store.monitors({ recent })
        sendJson(response, { monitors: monitors.map(monitorJson) })
      }),
    ),
    getRoute('/api/monitors/*', monitor),
  ]
}

async function withQuery<R extends ParameterParsers>(
  request: IncomingMessage,
  response: ServerResponse,
  refuse: Refuse,
  readers: R,
  use: (values: ParameterValues<R>) => Promise<void>,
): Promise<void> {
  const target = parseTarget(request.url ?? '')
  if (target.kind === 'malformed') return malformed(response, refuse, target)
  const query = parseQuery(target.query, readers)
  return query.kind === 'invalid' ? refuse(response, 400, query.reason, query.parameter) : use(query.values)
}

function malformed(response: ServerResponse, refuse: Refuse, target: Target & { kind: 'malformed' }): void {
  refuse(response, 400, target.reason, target.parameter)
}
