import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClientOf } from '../../../src/server/http/client.ts'
import { trusted } from '../../support/trusted-proxies.ts'

const clientOf = createClientOf(trusted('10.0.0.0/8, 127.0.0.1, fd00::/8'))

/** The client of a request that comes from `peer` with these headers. */
function client(headers: Readonly<Record<string, string>>, peer = '10.0.0.1') {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: peer })
  return clientOf({ headers, socket })
}

describe('the client is the nearest one that is not a trusted proxy', () => {
  test.each<[Record<string, string>, string]>([
    [{ 'x-forwarded-for': '192.0.2.1' }, '192.0.2.1'],
    [{ 'x-forwarded-for': '198.51.100.9, 192.0.2.1' }, '192.0.2.1'],
    [{ 'x-forwarded-for': '198.51.100.9, 192.0.2.1, 10.1.1.1' }, '192.0.2.1'],
    [{ 'x-forwarded-for': '10.2.2.2,10.1.1.1' }, '10.2.2.2'],
    [{ 'x-forwarded-for': '192.0.2.1:4711' }, '192.0.2.1'],
    [{ 'x-forwarded-for': '2001:db8::1' }, '2001:db8::1'],
    [{ 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    [{ 'x-forwarded-for': '::ffff:192.0.2.1' }, '192.0.2.1'],
    [{ forwarded: 'for=192.0.2.1' }, '192.0.2.1'],
    [{ forwarded: 'For="[2001:db8::1]:4711";Proto=https, for=10.1.1.1;by=_x' }, '2001:db8::1'],
    [{ forwarded: 'proto=http ; for="192.0.2.1:80" , for=10.1.1.1' }, '192.0.2.1'],
    [{ forwarded: 'for=198.51.100.9, for=192.0.2.1' }, '192.0.2.1'],
    [{ forwarded: 'for=192.0.2.1', 'x-forwarded-for': '192.0.2.1' }, '192.0.2.1'],
  ])('%j: %s', (headers, ip) => {
    expect(client(headers).ip).toBe(ip)
  })
})

describe('the address of the proxy counts', () => {
  test.each<Record<string, string>>([
    {},
    { 'x-forwarded-for': '' },
    { 'x-forwarded-for': 'unknown' },
    { 'x-forwarded-for': '192.0.2.1, <garbage>' },
    { 'x-forwarded-for': '192.0.2.256' },
    { forwarded: 'for=_hidden' },
    { forwarded: 'for=unknown;proto=https' },
    { forwarded: 'for=192.0.2.1, for="unclosed' },
    { forwarded: 'for=192.0.2.1;for=192.0.2.2' },
    { forwarded: '=;,=' },
    { forwarded: 'for=192.0.2.1 for=192.0.2.2' },
  ])('if the header names nobody: %j', headers => {
    expect(client(headers)).toMatchObject({ ip: '10.0.0.1', address: '10.0.0.1' })
  })

  test('if the two headers name different clients, because one of them may be the client’s own', () => {
    expect(client({ forwarded: 'for=192.0.2.1', 'x-forwarded-for': '198.51.100.9' }).ip).toBe('10.0.0.1')
    expect(client({ forwarded: 'for=unknown', 'x-forwarded-for': '198.51.100.9' }).ip).toBe('10.0.0.1')
  })
})

test('the headers of others are ignored', () => {
  const headers = { forwarded: 'for=192.0.2.1;proto=https;host=a.example', 'x-forwarded-for': '192.0.2.1' }
  expect(client(headers, '198.51.100.1')).toEqual({
    ip: '198.51.100.1',
    address: '198.51.100.1',
    isSecure: false,
    forwardedHost: undefined,
    isRemote: false,
  })
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '10.0.0.1' })
  expect(createClientOf()({ headers, socket })).toMatchObject({ ip: '10.0.0.1', isSecure: false })
})

test('a proxy is recognised in the IPv6 form of its address', () => {
  expect(client({ 'x-forwarded-for': '2001:db8::1' }, '::ffff:10.0.0.1').address).toBe('2001:db8:0:0::/64')
})

test.each<[Record<string, string>, boolean]>([
  [{ 'x-forwarded-proto': 'https' }, true],
  [{ 'x-forwarded-proto': 'HTTPS' }, true],
  [{ 'x-forwarded-proto': 'http' }, false],
  [{ 'x-forwarded-proto': 'wss' }, false],
  [{ 'x-forwarded-for': '192.0.2.1, 10.1.1.1', 'x-forwarded-proto': 'https, http' }, true],
  [{ 'x-forwarded-for': '192.0.2.1, 10.1.1.1', 'x-forwarded-proto': 'https' }, true],
  [{ 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https, http' }, false],
  [{ forwarded: 'for=192.0.2.1;proto=https, for=10.1.1.1;proto=http' }, true],
  [{ forwarded: 'for=198.51.100.9;proto=https, for=192.0.2.1;proto=http' }, false],
  [{ forwarded: 'proto=https' }, true],
  [{ forwarded: 'proto=https', 'x-forwarded-proto': 'http' }, false],
])('the connection of the client is encrypted if its proxy says so: %j', (headers, isSecure) => {
  expect(client(headers).isSecure).toBe(isSecure)
})

test.each<[Record<string, string>, string | undefined]>([
  [{ 'x-forwarded-host': 'cronitor.example:8443' }, 'cronitor.example:8443'],
  [{ forwarded: 'for=192.0.2.1;host="[2001:db8::1]:8443"' }, '[2001:db8::1]:8443'],
  [{ 'x-forwarded-host': 'a b' }, undefined],
  [{ 'x-forwarded-host': 'a.example/path' }, undefined],
  [{ 'x-forwarded-host': 'a.example', forwarded: 'host=b.example' }, undefined],
])('the host that the client asked for: %j', (headers, host) => {
  expect(client(headers).forwardedHost).toBe(host)
})

test.each<[Record<string, string>, boolean]>([
  [{}, false],
  [{ 'x-forwarded-for': '127.0.0.1' }, false],
  [{ 'x-forwarded-for': '::1' }, false],
  [{ 'x-forwarded-for': '192.0.2.1' }, true],
  [{ 'x-forwarded-for': '127.0.0.1, 192.0.2.1' }, true],
  [{ 'x-forwarded-for': 'unknown' }, true],
  [{ forwarded: 'for=_hidden' }, true],
  [{ forwarded: 'for=127.0.0.1', 'x-forwarded-for': '192.0.2.1' }, true],
])('a client on another host, or an unknown one, is remote: %j', (headers, isRemote) => {
  expect(client(headers, '127.0.0.1').isRemote).toBe(isRemote)
})

test('no header makes it throw, and nobody is believed beyond the first client that is not trusted', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'for=',
          '192.0.2.1',
          '10.0.0.2',
          ',',
          ';',
          '"',
          '\\',
          'proto=https',
          ' ',
          '[::1]',
          ':1',
        ),
        {
          maxLength: 20,
        },
      )
      .map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(value, value, value, (forwarded, addresses, scheme) => {
      const headers = { forwarded, 'x-forwarded-for': addresses, 'x-forwarded-proto': scheme }
      expect(client(headers).ip).toMatch(/^[\da-f.:]+$/i)
      const seen = client({ 'x-forwarded-for': `${addresses},203.0.113.7, 10.1.1.1` })
      expect(seen.ip).toBe('203.0.113.7')
    }),
    { numRuns: 500 },
  )
})

test('a header of 64 KiB takes no time that grows with its square', () => {
  const long = { forwarded: `${'for="\\"'.repeat(8000)}`, 'x-forwarded-for': ','.repeat(60_000) }
  expect(client(long).ip).toBe('10.0.0.1')
})
