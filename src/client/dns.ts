/**
 * Looks host names up in a process of its own. getaddrinfo(3) waits in a thread of libuv's pool, for as long as a name
 * server does not answer, and the exit of Node.js waits for that thread (libuv, uv_library_shutdown).
 */

import { execFile } from 'node:child_process'
import { type LookupAddress, type LookupOptions, lookup as lookupInPool } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** Of glibc and musl; it asks what getaddrinfo would (nsswitch.conf, /etc/hosts, DNS). macOS has none. */
const GETENT = '/usr/bin/getent'

/** As `dns.lookup`, which it falls back on where there is no getent; for the `lookup` option of sockets. */
export function lookup(hostname: string, options: LookupOptions, callback: Callback): void {
  const getent = execFile(GETENT, ['ahosts', hostname], { encoding: 'utf8' }, (error, printed) => {
    process.off('exit', end)
    if (error?.code === 'ENOENT' || error?.code === 'EACCES') {
      lookupInPool(hostname, options, callback)
      return
    }
    const addresses = addressesIn(printed).filter(
      ({ family }) => !options.family || options.family === family,
    )
    const [first] = addresses
    if (first === undefined) {
      const problem = new Error(`host name ${hostname} was not found`)
      callback(Object.assign(problem, { code: 'ENOTFOUND', hostname, syscall: 'getent' }), '')
    } else if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
  const end = () => getent.kill()
  process.on('exit', end)
}

/** Lines such as `192.0.2.1  STREAM cronitor.link`, one for each kind of socket. */
function addressesIn(printed: string): LookupAddress[] {
  const addresses = new Set(
    printed
      .split('\n')
      .map(line => line.split(/\s/)[0] ?? '')
      .filter(address => isIP(address) !== 0),
  )
  return Array.from(addresses, address => ({ address, family: isIPv6(address) ? 6 : 4 }))
}
