import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientAddress, isLoopbackAddress } from '../../../src/server/http/client-address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['', ''],
])('%j is counted as %j', (address, counted) => {
  expect(clientAddress(address)).toBe(counted)
})

test('addresses of one network are one client', () => {
  const group = fc.integer({ min: 0, max: 0xffff })
  const groups = fc.tuple(group, group, group, group, group, group, group, group)
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      const written = one.map(each => each.toString(16)).join(':')
      // As the system writes it.
      const short = new URL(`http://[${written}]`).hostname.slice(1, -1)
      fc.pre(isIPv6(short) && !/\./.test(short))
      expect(clientAddress(short)).toBe(clientAddress(written))
      const neighbour = [...one.slice(0, 4), ...other.slice(4)].map(each => each.toString(16)).join(':')
      expect(clientAddress(neighbour)).toBe(clientAddress(written))
      const stranger = [...other.slice(0, 4), ...one.slice(4)].map(each => each.toString(16)).join(':')
      const isSame = one.slice(0, 4).join() === other.slice(0, 4).join()
      expect(clientAddress(stranger) === clientAddress(written)).toBe(isSame)
    }),
  )
})

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.0.2.1', false],
  ['::2', false],
  ['127.0.0.1.example.com', false],
])('only this host can reach %s: %j', (address, isLoopback) => {
  expect(isLoopbackAddress(address)).toBe(isLoopback)
})
