import { expect, test } from 'vitest'
import { getRoute, postRoute, type Route } from '../../../src/server/http/route.ts'
import { createRouter } from '../../../src/server/http/router.ts'

const handle: Route['handle'] = () => {}
const routes = [
  getRoute('/', handle),
  getRoute('/login', handle),
  postRoute('/login', handle),
  getRoute('/api/monitors', handle),
  getRoute('/api/monitors/*', handle),
]
const router = createRouter(routes)
const pathOf = (method: string, target: string) => {
  const found = router.find(method, target)
  return found.kind === 'route' ? found.route.path : found.kind
}

test.each([
  ['/', '/'],
  ['/?q=%zz', '/'],
  ['http://127.0.0.1:8427/login?next=/', '/login'],
  ['/%61pi/monitors', '/api/monitors'],
  ['/api/monitors/', '/api/monitors/*'],
  ['/api/monitors/a%2Fb/runs', '/api/monitors/*'],
])('GET %s is answered by %s', (target, path) => {
  expect(pathOf('GET', target)).toBe(path)
})

test.each(['/api', '/api%2Fmonitors', '/login/', '/LOGIN', '//', '/p/key/monitor', '/%zz', '*', ''])(
  'no route answers GET %j',
  target => {
    expect(pathOf('GET', target)).toBe('no-such-path')
  },
)

test('a path has a route for each method, and HEAD is answered as GET is', () => {
  expect(router.find('GET', '/login')).toEqual({ kind: 'route', route: routes[1] })
  expect(router.find('HEAD', '/login')).toEqual({ kind: 'route', route: routes[1] })
  expect(router.find('POST', '/login')).toEqual({ kind: 'route', route: routes[2] })
})

test('another method is refused with the supported methods', () => {
  expect(router.find('PUT', '/login')).toEqual({ kind: 'no-such-method', allow: ['GET', 'HEAD', 'POST'] })
})
