import { expect, test } from 'vitest'
import { parseNetworkList } from '../../../src/commands/serve/parse-network-list.ts'
import { createNetworkList } from '../../../src/server/http/network-list.ts'
import { trusted } from '../../support/trusted-proxies.ts'

test('addresses, networks and loopback are in the list, and nothing else', () => {
  const { includes } = trusted('192.0.2.1, 10.0.0.0/8,2001:db8::/32,[fd00::1],loopback')
  for (const ip of ['192.0.2.1', '10.255.0.1', '2001:db8:1::9', 'fd00::1', '127.0.0.1', '127.9.9.9', '::1']) {
    expect([ip, includes(ip)]).toEqual([ip, true])
  }
  for (const ip of ['192.0.2.2', '11.0.0.1', '2001:db9::1', 'fd00::2', '::2', '', 'unknown', '10.0.0.0/8']) {
    expect([ip, includes(ip)]).toEqual([ip, false])
  }
})

test('without addresses nobody is in the list', () => {
  expect(createNetworkList([]).includes('127.0.0.1')).toBe(false)
})

test.each([
  '',
  ',',
  '10.0.0.0/33',
  '::/129',
  '10.0.0',
  'proxy.example.org',
  '10.0.0.1/',
  '10.0.0.1,,::1',
  'fe80::1%eth0',
  '10.0.0.0/-1',
  'all',
])('%j is neither an address nor a network', text => {
  expect(parseNetworkList(text)).toEqual({ ok: false, problem: expect.stringContaining('10.0.0.0/8') })
})
