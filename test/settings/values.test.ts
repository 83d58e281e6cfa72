import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  joinedUrls,
  parseApiKey,
  parseMethod,
  parseSwitch,
  parseUrl,
  parseUrls,
} from '../../src/settings/values.ts'

describe('parseUrls', () => {
  test.each([
    ['https://a.example', ['https://a.example']],
    ['https://a.example/,http://b.example:8427/base/', ['https://a.example', 'http://b.example:8427/base']],
    ['https://a.example , HTTPS://B.example', ['https://a.example', 'https://b.example']],
    ['https://a.example/x,y,https://b.example', ['https://a.example/x,y', 'https://b.example']],
    [
      'http://a.example,http://b.example,http://a.example/,http://b.example',
      ['http://a.example', 'http://b.example'],
    ],
  ])('accepts %s', (text, urls) => {
    expect(parseUrls(text)).toEqual({ ok: true, urls })
  })

  test.each([
    '',
    ',',
    'https://a.example,',
    ',https://a.example',
    'https://a.example,,https://b.example',
    'https://a.example,b.example',
    'https://a.example:8427,b.example:8427',
    'https://a.example/base,',
    'https://a.example https://b.example',
    'https://a.example,http:b.example',
    'https://a.example,https://user:hunter2@b.example',
    'https://a.example,https://b.example?x=1',
    'https://a.example/base,ftp://b.example',
  ])('refuses %j with the words for one address', text => {
    expect(parseUrls(text)).toEqual(parseUrl('wrong'))
  })

  test('returns what joined is accepted again', () => {
    const parsed = parseUrls('https://a.example/x,y,http://b.example')
    const [base, ...others] = parsed.ok ? parsed.urls : ['']
    expect(parseUrls(joinedUrls({ base, others }))).toEqual(parsed)
  })
})

describe('parseUrl', () => {
  test.each([
    ['https://cronitor.link', 'https://cronitor.link'],
    ['https://cronitor.link/', 'https://cronitor.link'],
    ['HTTPS://Cronitor.Link:443///', 'https://cronitor.link'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['https://proxy.example/cronitor/', 'https://proxy.example/cronitor'],
  ])('accepts %s', (text, url) => {
    expect(parseUrl(text)).toEqual({ ok: true, url })
  })

  test.each([
    '',
    'cronitor.link',
    '//cronitor.link',
    'https:cronitor.link',
    'https:/cronitor.link',
    'https://',
    'https:///cronitor.link',
    'https:\\\\cronitor.link',
    'ftp://cronitor.link',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user@cronitor.link',
    'https://user:password@cronitor.link',
    'https://:password@cronitor.link',
    'https://cronitor.link/?',
    'https://cronitor.link/?a=b',
    'https://cronitor.link/#',
    'https://cronitor.link/#a',
    ' https://cronitor.link',
    'https://cronitor.link\n',
    'https://cro\tnitor.link',
    'https://cronitor.link:99999',
  ])('refuses %j', text => {
    expect(parseUrl(text).ok).toBe(false)
  })

  test('does not repeat a password in the problem', () => {
    expect(JSON.stringify(parseUrl('https://user:hunter2@cronitor.link'))).not.toContain('hunter2')
  })

  test('returns an address that it accepts again unchanged', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}[a-z]$/)
    const address = fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'HTTP://'),
        name,
        fc.constantFrom('', ':443', ':80', ':8080'),
        fc.array(fc.oneof(name, fc.constantFrom('', '.', '..', 'ü', '%2F', '@', "'")), { maxLength: 4 }),
      )
      .map(([scheme, host, port, path]) => scheme + host + port + path.map(part => `/${part}`).join(''))
    fc.assert(
      fc.property(address, text => {
        const parsed = parseUrl(text)
        if (!parsed.ok) throw new Error(`refused ${text}`)
        expect(parsed.url.endsWith('/')).toBe(false)
        expect(parseUrl(parsed.url)).toEqual(parsed)
      }),
    )
  })
})

describe('parseMethod', () => {
  test.each(['GET', 'POST', 'HEAD'] as const)('accepts %s in upper and lower case', method => {
    expect(parseMethod(method)).toEqual({ ok: true, method })
    expect(parseMethod(method.toLowerCase())).toEqual({ ok: true, method })
  })

  test.each(['', 'PUT', 'GET ', 'DELETE', 'toString'])('refuses %j', text => {
    expect(parseMethod(text).ok).toBe(false)
  })
})

describe('parseApiKey', () => {
  test('accepts printable ASCII', () => {
    expect(parseApiKey('4319e94e890a013dbaca57c2df2ff60c')).toEqual({
      ok: true,
      key: '4319e94e890a013dbaca57c2df2ff60c',
    })
    expect(parseApiKey('!/~').ok).toBe(true)
  })

  test.each(['', ' ', 'a b', 'a\n', '\ta', 'a\0', 'schlüssel', 'a\u007f', '\u00a0'])(
    'refuses %j without repeating it',
    text => {
      const parsed = parseApiKey(text)
      expect(parsed).toEqual({ ok: false, problem: expect.stringContaining('expected a key') })
    },
  )
})

describe('parseSwitch', () => {
  test.each(['1', 'true', 'yes', 'TRUE', 1, true])('reads %j as on', raw => {
    expect(parseSwitch(raw)).toEqual({ ok: true, on: true })
  })

  test.each(['0', 'false', 'no', 'No', 0, false])('reads %j as off', raw => {
    expect(parseSwitch(raw)).toEqual({ ok: true, on: false })
  })

  test.each<unknown>(['', 'on', '2', 2, null, [[]], [['1']], {}, { toString: 1 }])('refuses %j', raw => {
    expect(parseSwitch(raw).ok).toBe(false)
  })
})
