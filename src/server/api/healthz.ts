/** `/healthz`: whether the server can do its work, for load balancers and those who restart it. */

import type { FastifyInstance } from 'fastify'
import type { RouteContext } from '../http/route-context.ts'
import { sendText } from './send-response.ts'

const TEXT = 'text/plain; charset=utf-8'

/** `timeoutMs` is how long the store may take to answer. */
export function registerHealthz(
  app: FastifyInstance,
  { store, closing }: RouteContext,
  timeoutMs = 5_000,
): void {
  app.get('/healthz', async (_request, reply) => {
    if (closing.aborted) return sendText(reply.code(503), TEXT, 'the server is ending\n')
    return (await answers(store.check(), timeoutMs))
      ? sendText(reply, TEXT, 'ok\n')
      : sendText(reply.code(503), TEXT, 'the store does not answer, or takes no events\n')
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
