/** Whose requests are counted together: an address as the limits know it. */

/**
 * An IPv4 address is one client's, also where it is written as IPv6 (`::ffff:192.0.2.1`, as a socket that listens on
 * `::` has it). Of IPv6 the first 64 bits are: whoever has one address there has all of its network (RFC 4291, 2.5.1).
 */
export function clientAddress(remoteAddress: string): string {
  if (!remoteAddress.includes(':')) return remoteAddress
  const [address = ''] = remoteAddress.split('%', 1)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [front = '', back] = address.split('::', 2)
  const before = front === '' ? [] : front.split(':')
  // As many zeros stand for `::` as the other groups leave of eight; one of them may be written as IPv4, for two.
  const after = back === undefined || back === '' ? [] : back.split(':')
  const length = before.length + after.length + (after.at(-1)?.includes('.') ? 1 : 0)
  const groups =
    back === undefined ? before : [...before, ...Array(Math.max(0, 8 - length)).fill('0'), ...after]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Is it an address that only this host itself can reach (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3)? */
export function isLoopbackAddress(address: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(address)) return true
  return address.includes(':') && URL.parse(`http://[${address}]`)?.hostname === '[::1]'
}
