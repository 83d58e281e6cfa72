/** The address of a client as the rate limits count it. */

/**
 * An IPv4 address is one client, also in its IPv6 form (`::ffff:192.0.2.1`), which sockets that listen on `::` report.
 * An IPv6 network of 64 bits is one client: whoever has one of its addresses can use all of them (RFC 4291, 2.5.1).
 */
export function clientAddress(remoteAddress: string): string {
  const address = withoutZone(remoteAddress)
  if (!address.includes(':')) return address
  const [front = '', back] = address.split('::', 2)
  const before = front === '' ? [] : front.split(':')
  // `::` stands for all groups that are missing. A last group in IPv4 form counts as two.
  const after = back === undefined || back === '' ? [] : back.split(':')
  const length = before.length + after.length + (after.at(-1)?.includes('.') ? 1 : 0)
  const groups =
    back === undefined ? before : [...before, ...Array(Math.max(0, 8 - length)).fill('0'), ...after]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** The IP address without a zone such as `%eth0`, and as IPv4 if it is an IPv4 address in IPv6 form. */
export function withoutZone(address: string): string {
  if (!address.includes(':')) return address
  const [ip = ''] = address.split('%', 1)
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip
}

/** True for an address that only this host can reach (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export function isLoopbackAddress(address: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(address)) return true
  return address.includes(':') && URL.parse(`http://[${address}]`)?.hostname === '[::1]'
}
