/** /robots.txt: nothing here is for search engines (RFC 9309). */

import type { Routes } from '../http/route-context.ts'

export const registerRobots: Routes = app => {
  app.get('/robots.txt', (_request, reply) => {
    reply.type('text/plain; charset=utf-8').send('User-agent: *\nDisallow: /\n')
  })
}
