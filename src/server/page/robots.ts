/** /robots.txt: keeps search engines away (RFC 9309). */

import { getRoute, type Route } from '../http/route.ts'
import { sendBody } from '../http/send-answer.ts'

export const robotsRoute: Route = getRoute('/robots.txt', (_request, response) => {
  sendBody(response, 200, { 'content-type': 'text/plain; charset=utf-8' }, 'User-agent: *\nDisallow: /\n')
})
