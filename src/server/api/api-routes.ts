/** The routes under /api: JSON for programs. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseTarget, type Target } from '../http/request-target.ts'
import { getRoute, type Route } from '../http/route.ts'
import type { CanStillRead, RouteContext } from '../http/route-context.ts'
import { sendParts } from '../http/send-parts.ts'
import { EVENT_PARAMETERS, listEventsAfter } from './event-list.ts'
import { createLongPolls, type LongPollLimits } from './long-poll.ts'
import { monitorJson } from './monitor-json.ts'
import { monitorList } from './monitor-list.ts'
import {
  anyText,
  type ParameterParsers,
  type ParameterValues,
  parseQuery,
  wholeNumber,
} from './query-parameters.ts'
import { listChangedRuns, listRuns, RUN_PARAMETERS, type RunParameters } from './run-list.ts'
import { createLongPollSender } from './send-long-poll.ts'
import { createRefuse, JSON_TYPE, type Refuse, sendJson, textHeaders } from './send-response.ts'

/** An empty `env` is that of events without an environment. */
const MONITOR_PARAMETERS = { recent: wholeNumber(0, 30), env: anyText } as const

/** How many runs are sent with each monitor. In the list, 30 runs of a thousand monitors would be megabytes. */
const DEFAULT_RECENT = { list: 0, single: 30 } as const

const LONG_POLL_LIMITS: LongPollLimits = { maxPolls: 100, gatherMs: 100 }

const NO_SUCH_MONITOR = 'there is no such monitor'
const NO_SUCH_ENV = 'the monitor has received no event in this environment'

export function apiRoutes(
  context: RouteContext,
  canStillRead: CanStillRead,
  limits: LongPollLimits = LONG_POLL_LIMITS,
): Route[] {
  const { store } = context
  const refuse = createRefuse(context.refusals)
  const sendLongPoll = createLongPollSender(createLongPolls(context, limits), refuse, canStillRead)

  async function sendRuns(
    request: IncomingMessage,
    response: ServerResponse,
    parameters: RunParameters,
    monitorKey: string | undefined,
  ): Promise<void> {
    const { before, changed_after: after, wait } = parameters
    if (after === undefined) {
      if (wait !== undefined) return refuse(response, 400, 'wait requires changed_after', 'wait')
      return sendJson(response, await listRuns(store, parameters, monitorKey))
    }
    if (before !== undefined) {
      return refuse(response, 400, 'before and changed_after cannot be combined', 'before')
    }
    return sendLongPoll(request, response, {
      seconds: wait,
      monitorKey,
      body: poll => listChangedRuns(store, after, parameters, monitorKey, poll),
    })
  }

  // The path is parsed here, strictly: a monitor key may contain `/` or `%`.
  async function sendMonitor(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseTarget(request.url ?? '')
    if (target.kind === 'malformed') return refuseMalformed(response, refuse, target)
    const [, , key = '', part, ...more] = target.segments
    const isRuns = part === 'runs' && more.length === 0
    if (key === '' || (part !== undefined && !isRuns)) {
      return refuse(response, 404, 'there is no such path')
    }
    const known = await store.monitors({ key, recent: 0 })
    if (known.length === 0) return refuse(response, 404, NO_SUCH_MONITOR, 'monitor')
    if (isRuns) {
      return withQuery(request, response, refuse, RUN_PARAMETERS, values =>
        sendRuns(request, response, values, key),
      )
    }
    return withQuery(request, response, refuse, MONITOR_PARAMETERS, async query => {
      const [monitor] = await store.monitors({ key, recent: DEFAULT_RECENT.single, ...query })
      if (monitor !== undefined) return sendJson(response, monitorJson(monitor))
      return query.env === undefined
        ? refuse(response, 404, NO_SUCH_MONITOR, 'monitor')
        : refuse(response, 404, NO_SUCH_ENV, 'env')
    })
  }

  return [
    getRoute('/api/events', (request, response) =>
      withQuery(request, response, refuse, EVENT_PARAMETERS, values =>
        sendLongPoll(request, response, {
          seconds: values.wait,
          monitorKey: undefined,
          body: poll => listEventsAfter(store, values, poll),
        }),
      ),
    ),
    getRoute('/api/runs', (request, response) =>
      withQuery(request, response, refuse, RUN_PARAMETERS, values =>
        sendRuns(request, response, values, undefined),
      ),
    ),
    getRoute('/api/monitors', (request, response) =>
      withQuery(request, response, refuse, MONITOR_PARAMETERS, async query => {
        const body = monitorList(context, { recent: DEFAULT_RECENT.list, ...query })
        await sendParts(response, textHeaders(JSON_TYPE), body)
      }),
    ),
    getRoute('/api/monitors/*', sendMonitor),
  ]
}

/** Parses the query; refuses the request if it is invalid. */
async function withQuery<Parsers extends ParameterParsers>(
  request: IncomingMessage,
  response: ServerResponse,
  refuse: Refuse,
  parsers: Parsers,
  send: (values: ParameterValues<Parsers>) => Promise<void>,
): Promise<void> {
  const target = parseTarget(request.url ?? '')
  if (target.kind === 'malformed') return refuseMalformed(response, refuse, target)
  const query = parseQuery(target.query, parsers)
  return query.kind === 'invalid' ? refuse(response, 400, query.reason, query.parameter) : send(query.values)
}

function refuseMalformed(
  response: ServerResponse,
  refuse: Refuse,
  target: Target & { kind: 'malformed' },
): void {
  refuse(response, 400, target.reason, target.parameter)
}
