/** `/healthz`: whether the server can do its work, for load balancers and those who restart it. */

import { getRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { sendText } from './send-response.ts'

const TEXT = 'text/plain; charset=utf-8'

/** `timeoutMs` is how long the store may take to answer. */
export function healthzRoute({ store, closing }: RouteContext, timeoutMs = 5_000): Route {
  return getRoute('/healthz', async (_request, response) => {
    if (closing.aborted) return sendText(response, TEXT, 'the server is ending\n', 503)
    return (await answers(store.check(), timeoutMs))
      ? sendText(response, TEXT, 'ok\n')
      : sendText(response, TEXT, 'the store does not answer, or takes no events\n', 503)
  })
}

async function answers(asked: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<false>(resolve => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  const answered = asked.then(
    () => true,
    () => false,
  )
  const isHealthy = await Promise.race([answered, tooLong])
  clearTimeout(timer)
  return isHealthy
}
