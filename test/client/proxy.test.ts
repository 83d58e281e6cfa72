import { describe, expect, test } from 'vitest'
import { chooseProxy, proxyAuthorization } from '../../src/client/proxy.ts'

function proxyFor(origin: string, env: Record<string, string>): string {
  const choice = chooseProxy(new URL(origin), env)
  return choice.kind === 'proxy' ? choice.url.origin : choice.kind
}

describe('the proxy for a URL', () => {
  test.each([
    ['https://a.example', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['http://a.example', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://a.example', { HTTPS_PROXY: 'https://p' }, 'https://p'],
    ['https://a.example', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128'],
    ['https://a.example', { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' }, 'http://lower'],
    ['https://a.example', { HTTPS_PROXY: 'http://upper', https_proxy: '' }, 'http://upper'],
    ['https://a.example', { HTTP_PROXY: 'http://p' }, 'direct'],
    ['http://a.example', { HTTPS_PROXY: 'http://p' }, 'direct'],
    ['https://a.example', { HTTPS_PROXY: '' }, 'direct'],
    ['https://a.example', {}, 'direct'],
    ['https://a.example', { ALL_PROXY: 'http://p', all_proxy: 'http://p' }, 'direct'],
    // A CGI program: the header `Proxy: …` of a request would set HTTP_PROXY.
    ['http://a.example', { HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' }, 'direct'],
    ['http://a.example', { HTTP_PROXY: 'http://evil', http_proxy: 'p', REQUEST_METHOD: 'GET' }, 'http://p'],
    ['http://a.example', { HTTP_PROXY: 'http://p', REQUEST_METHOD: '' }, 'http://p'],
    ['https://a.example', { HTTPS_PROXY: 'http://p', REQUEST_METHOD: 'GET' }, 'http://p'],
    ['http://a.example', { http_proxy: ' ', HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' }, 'direct'],
  ])('%s with %j is %s', (origin, env, expected) => {
    expect(proxyFor(origin, env)).toBe(expected)
  })

  test.each([
    ['*', true],
    ['a.example', true],
    ['A.Example', true],
    ['example', true],
    ['.example', true],
    ['*.example', true],
    ['xa.example', false],
    ['ample', false],
    ['b.example, a.example', true],
    ['b.example a.example', true],
    ['a.example:443', true],
    ['a.example:8443', false],
    ['', false],
    [' , ', false],
  ])('for https://a.example with NO_PROXY %j is left out: %s', (list, isLeftOut) => {
    const expected = isLeftOut ? 'direct' : 'http://p'
    expect(proxyFor('https://a.example', { HTTPS_PROXY: 'http://p', NO_PROXY: list })).toBe(expected)
    expect(proxyFor('https://a.example', { HTTPS_PROXY: 'http://p', no_proxy: list })).toBe(expected)
  })

  test.each([
    ['http://10.1.2.3:8080', '10.1.2.3', true],
    ['http://10.1.2.3:8080', '10.0.0.0/8', true],
    ['http://10.1.2.3:8080', '11.0.0.0/8', false],
    ['http://10.1.2.3:8080', '10.0.0.0/99', false],
    ['http://10.1.2.3:8080', '10.1.2.3:8080', true],
    ['http://10.1.2.3:8080', '2.3', false],
    ['http://[::1]:8080', '::1', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['http://[::1]:8080', '[::1]:8081', false],
    ['http://[fd00::1]', 'fd00::/8', true],
  ])('for %s with NO_PROXY %s is left out: %s', (origin, list, isLeftOut) => {
    expect(proxyFor(origin, { HTTP_PROXY: 'http://p', NO_PROXY: list })).toBe(
      isLeftOut ? 'direct' : 'http://p',
    )
  })

  test.each(['http://user:pass word@:x', 'socks5://user:password@p:1080'])(
    '%s cannot be used, and is not shown',
    value => {
      const choice = chooseProxy(new URL('https://a.example'), { HTTPS_PROXY: value })
      expect(choice).toMatchObject({ kind: 'unusable', problem: expect.stringMatching(/^HTTPS_PROXY /) })
      expect(JSON.stringify(choice)).not.toMatch(/pass/)
    },
  )
})

test.each([
  ['http://p', undefined],
  ['http://me:pass@p', 'me:pass'],
  ['http://me@p', 'me:'],
  ['http://:pass@p', ':pass'],
  ['http://me:pass%20word%C3%A9@p', 'me:pass wordé'],
  ['http://me:100%@p', 'me:100%'],
  ['http://me:a%3Ab%40c@p', 'me:a:b@c'],
])('the user of %s', (url, expected) => {
  const header = proxyAuthorization(new URL(url))
  expect(header === undefined ? header : String(Buffer.from(header.replace('Basic ', ''), 'base64'))).toBe(
    expected,
  )
})
