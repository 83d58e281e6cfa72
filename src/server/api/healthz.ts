/** `/healthz`: whether the server can store events, for load balancers and supervisors. */

import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { sendText } from './send-response.ts'

const TEXT = 'text/plain; charset=utf-8'

/** `timeoutMs` is how long the store may take to answer. */
export function healthzRoute({ store, closing }: RouteContext, timeoutMs = 5_000): Route {
  return getRoute('/healthz', async (_request, response) => {
    if (closing.aborted) return sendText(response, TEXT, 'the server is stopping\n', 503)
    return (await resolvesInTime(store.check(), timeoutMs))
      ? sendText(response, TEXT, 'ok\n')
      : sendText(response, TEXT, 'the store does not answer, or cannot store events\n', 503)
  })
}

async function resolvesInTime(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<false>(resolve => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  const resolved = promise.then(
    () => true,
    () => false,
  )
  const isInTime = await Promise.race([resolved, tooLong])
  clearTimeout(timer)
  return isInTime
}
