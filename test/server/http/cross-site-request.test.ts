import { expect, test } from 'vitest'
import { crossSiteProblem, type RequestOrigin } from '../../../src/server/http/cross-site-request.ts'

const own: RequestOrigin = {
  authority: '127.0.0.1:8427',
  origin: undefined,
  fetchSite: undefined,
  scheme: 'http',
}

test.each<Partial<RequestOrigin>>([
  {},
  { authority: 'localhost' },
  { authority: '[::1]:1' },
  { fetchSite: 'none' },
  { fetchSite: 'same-origin' },
  { origin: 'http://127.0.0.1:8427' },
  { authority: 'LOCALHOST:8427', origin: 'http://localhost:8427' },
  { origin: 'https://127.0.0.1:8427', scheme: 'https' },
])('let in: %j', more => {
  expect(crossSiteProblem({ ...own, ...more })).toBeUndefined()
})

test.each<Partial<RequestOrigin>>([
  { authority: undefined },
  { authority: '' },
  { authority: 'example.com' },
  { authority: '127.0.0.1.example.com' },
  { authority: '127.0.0.1:8427@example.com' },
  { authority: '127.0.0.2' },
  { fetchSite: 'cross-site' },
  { fetchSite: 'same-site' },
  { fetchSite: '' },
  { fetchSite: 'none, cross-site' },
  { origin: 'null' },
  { origin: 'http://example.com' },
  { origin: 'http://127.0.0.1' },
  { origin: 'http://127.0.0.1:8428' },
  { origin: 'https://127.0.0.1:8427' },
  { origin: 'http://localhost:8427' },
  { origin: '' },
])('kept out: %j', more => {
  expect(crossSiteProblem({ ...own, ...more })).toEqual(expect.any(String))
})
