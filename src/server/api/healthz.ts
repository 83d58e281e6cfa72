/** `/healthz`: whether the server can store events, for load balancers and supervisors. */

import { errorMessage } from '../../system/error-message.ts'
import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { sendText } from './send-response.ts'

const TEXT = 'text/plain; charset=utf-8'

/** `timeoutMs` is how long the store may take to answer. */
export function healthzRoute({ store, closing }: RouteContext, timeoutMs = 5_000): Route {
  return getRoute('/healthz', async (_request, response) => {
    const problem = closing.aborted ? 'the server is stopping' : await problemInTime(store.check(), timeoutMs)
    return problem === undefined
      ? sendText(response, TEXT, 'ok\n')
      : sendText(response, TEXT, `${problem}\n`, 503)
  })
}

async function problemInTime(check: Promise<void>, timeoutMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<string>(resolve => {
    timer = setTimeout(resolve, timeoutMs, 'the database does not answer')
  })
  const checked = check.then(
    () => undefined,
    (error: unknown) => `events cannot be stored: ${errorMessage(error)}`,
  )
  const problem = await Promise.race([checked, tooLong])
  clearTimeout(timer)
  return problem
}
