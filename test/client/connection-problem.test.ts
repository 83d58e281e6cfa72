import { expect, test } from 'vitest'
import { connectionCode, connectionProblem } from '../../src/client/connection-problem.ts'

const peer = { host: 'cronitor.link' }
const behindProxy = { host: 'cronitor.link', proxy: 'proxy:3128' }

test.each([
  [{ code: 'ENOTFOUND', hostname: 'cronitor.link' }, 'host name cronitor.link not found'],
  [{ code: 'EAI_AGAIN', hostname: 'cronitor.link' }, 'host name cronitor.link not found for now (EAI_AGAIN)'],
  [{ code: 'ECONNREFUSED', address: '::1', port: 443 }, 'connection refused by [::1]:443'],
  [
    { errors: [{ code: 'ECONNREFUSED', address: '10.0.0.1', port: 443 }, {}] },
    'connection refused by 10.0.0.1:443',
  ],
  [{ code: 'ENETUNREACH', address: '10.0.0.1', port: 443 }, 'no route to 10.0.0.1:443 (ENETUNREACH)'],
  [{ code: 'ETIMEDOUT' }, 'no connection to cronitor.link in time'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'certificate of cronitor.link refused: it has expired'],
  [
    { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    'certificate of cronitor.link refused: its authority is unknown (see NODE_EXTRA_CA_CERTS)',
  ],
  [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'TLS with cronitor.link failed (ERR_SSL_WRONG_VERSION_NUMBER)'],
  [{ code: 'HPE_INVALID_CONSTANT', reason: '/p/KEY/m' }, 'cronitor.link sent something that is not HTTP'],
  [{ code: 'SOMETHING_NEW', message: '/p/KEY/m' }, 'no connection to cronitor.link (SOMETHING_NEW)'],
  [{ code: 'not a word /p/KEY/m' }, 'no connection to cronitor.link'],
  [new Error('/p/KEY/m'), 'no connection to cronitor.link'],
  ['thrown text /p/KEY/m', 'no connection to cronitor.link'],
  [null, 'no connection to cronitor.link'],
])('%j is said as %j', (error, text) => {
  expect(connectionProblem(error, peer)).toBe(text)
})

test('a proxy is named if it failed or if the connection goes through it', () => {
  expect(connectionProblem({ code: 'ENOTFOUND' }, behindProxy)).toBe('host name proxy not found')
  expect(connectionProblem({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 3128 }, behindProxy)).toBe(
    'connection refused by proxy 10.0.0.1:3128',
  )
  expect(connectionProblem({ code: 'ETIMEDOUT' }, behindProxy)).toBe(
    'no connection to proxy proxy:3128 in time',
  )
  expect(connectionProblem({ proxyStatus: 502 }, behindProxy)).toBe(
    'proxy proxy:3128 refused the request with HTTP status 502',
  )
  expect(connectionProblem({ code: 'CERT_HAS_EXPIRED' }, behindProxy)).toBe(
    'certificate of cronitor.link refused: it has expired (proxy proxy:3128)',
  )
})

test('the code is that of the first cause', () => {
  expect(connectionCode({ errors: [{ code: 'ECONNREFUSED' }] })).toBe('ECONNREFUSED')
  expect(connectionCode(new Error('x'))).toBeUndefined()
})
