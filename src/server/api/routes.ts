/** The JSON that programs read, under /api. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseTarget, type Target } from '../http/request-target.ts'
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
export function registerApiRoutes(
  app: FastifyInstance,
  context: RouteContext,
  canStillRead: CanStillRead,
  limits: LongPollLimits = WAITING,
): void {
  const { store } = context
  const waiting = createLongPolls(context, limits)
  const refuse = createRefuse(context.refusals)

  /** Answers as `page` says, which is given a visit where the client is ready to wait. */
  async function waited(
    reply: FastifyReply,
    seconds: number | undefined,
    monitorKey: string | undefined,
    page: (visit: LongPoll | undefined) => Promise<object>,
  ): Promise<FastifyReply> {
    if (seconds === undefined || seconds === 0) return sendJson(reply, await page(undefined))
    const visit = waiting.begin(seconds * 1000, monitorKey)
    if (visit === undefined) {
      return refuse(reply.header('retry-after', '5'), 503, 'too many clients wait already', 'wait')
    }
    const { socket } = reply.request.raw
    // A client that ends its side is answered (sockets.ts), but not waited with: most have gone.
    if (socket.readableEnded || socket.destroyed) visit.leave()
    socket.once('end', visit.leave).once('close', visit.leave)
    try {
      const waitedFor = await page(visit)
      return canStillRead(reply.request)
        ? sendJson(reply, waitedFor)
        : refuse(reply, 401, 'the key was taken out, or the session has ended, meanwhile')
    } finally {
      socket.off('end', visit.leave).off('close', visit.leave)
      visit.leave()
    }
  }

  async function runs(
    reply: FastifyReply,
    parameters: RunParameters,
    monitorKey: string | undefined,
  ): Promise<FastifyReply> {
    const { before, changed_after: after, wait } = parameters
    if (after === undefined) {
      if (wait !== undefined) return refuse(reply, 400, 'wait goes with changed_after alone', 'wait')
      return sendJson(reply, await listRuns(store, parameters, monitorKey))
    }
    if (before !== undefined) {
      return refuse(reply, 400, 'before and changed_after exclude each other', 'before')
    }
    return waited(reply, wait, monitorKey, visit =>
      listChangedRuns(store, after, parameters, monitorKey, visit),
    )
  }

  app.get('/api/events', (request, reply) =>
    withQuery(request, reply, refuse, EVENT_PARAMETERS, values =>
      waited(reply, values.wait, undefined, visit => listEventsAfter(store, values, visit)),
    ),
  )
  app.get('/api/runs', (request, reply) =>
    withQuery(request, reply, refuse, RUN_PARAMETERS, values => runs(reply, values, undefined)),
  )
  app.get('/api/monitors', (request, reply) =>
    withQuery(request, reply, refuse, MONITOR_PARAMETERS, async ({ recent = DEFAULT_RECENT.list }) => {
      const monitors = await store.monitors({ recent })
      return sendJson(reply, { monitors: monitors.map(monitorJson) })
    }),
  )
  app.get('/api/monitors/*', async (request, reply) => {
    const target = parseTarget(request.raw.url ?? '')
    if (target.kind === 'malformed') return malformed(reply, refuse, target)
    const [, , key = '', part, ...more] = target.segments
    const isRuns = part === 'runs' && more.length === 0
    if (key === '' || (part !== undefined && !isRuns)) {
      return refuse(reply, 404, 'there is no such path')
    }
    const known = await store.monitors({ key, recent: 0 })
    if (known.length === 0) return refuse(reply, 404, 'there is no such monitor', 'monitor')
    if (isRuns) return withQuery(request, reply, refuse, RUN_PARAMETERS, values => runs(reply, values, key))
    return withQuery(
      request,
      reply,
      refuse,
      MONITOR_PARAMETERS,
      async ({ recent = DEFAULT_RECENT.single }) => {
        const [monitor] = await store.monitors({ key, recent })
        return monitor === undefined
          ? refuse(reply, 404, 'there is no such monitor', 'monitor')
          : sendJson(reply, monitorJson(monitor))
      },
    )
  })
}

async function withQuery<R extends ParameterParsers>(
  request: FastifyRequest,
  reply: FastifyReply,
  refuse: Refuse,
  readers: R,
  use: (values: ParameterValues<R>) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const target = parseTarget(request.raw.url ?? '')
  if (target.kind === 'malformed') return malformed(reply, refuse, target)
  const query = parseQuery(target.query, readers)
  return query.kind === 'invalid' ? refuse(reply, 400, query.reason, query.parameter) : use(query.values)
}

function malformed(
  reply: FastifyReply,
  refuse: Refuse,
  target: Target & { kind: 'malformed' },
): FastifyReply {
  return refuse(reply, 400, target.reason, target.parameter)
}
