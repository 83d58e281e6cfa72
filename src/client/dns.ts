/**
 * Looks up host names as every program does (getaddrinfo(3)), so that the exit need not wait for the name server. The exit of
 * Node.js waits for the thread that calls getaddrinfo (libuv, uv_library_shutdown).
 */

import { execFile } from 'node:child_process'
import { type LookupAddress, type LookupOptions, lookup as lookupInThread } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'
import { canExitByExecve, exitByExecve } from '../system/exit-by-execve.ts'

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** As `dns.lookup`, for the `lookup` option of sockets. */
export function lookup(hostname: string, options: LookupOptions, callback: Callback): void {
  if (canExitByExecve) lookupUntilExit(hostname, options, callback)
  else lookupByGetent(hostname, options, callback)
}

function lookupUntilExit(hostname: string, options: LookupOptions, callback: Callback): void {
  process.on('exit', exitByExecve)
  lookupInThread(hostname, options, (...found) => {
    process.off('exit', exitByExecve)
    callback(...found)
  })
}

/** Part of glibc and musl. It uses the same sources as getaddrinfo (nsswitch.conf, /etc/hosts, DNS). macOS has none. */
const GETENT = '/usr/bin/getent'

/** In a process of its own, which the exit ends. Calls `dns.lookup` if there is no getent. */
function lookupByGetent(hostname: string, options: LookupOptions, callback: Callback): void {
  const getent = execFile(GETENT, ['ahosts', hostname], { encoding: 'utf8' }, (error, printed) => {
    process.off('exit', end)
    if (error?.code === 'ENOENT' || error?.code === 'EACCES') {
      lookupInThread(hostname, options, callback)
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

/** Parses lines such as `192.0.2.1  STREAM cronitor.link`, one for each socket type. */
function addressesIn(printed: string): LookupAddress[] {
  const addresses = new Set(
    printed
      .split('\n')
      .map(line => line.split(/\s/)[0] ?? '')
      .filter(address => isIP(address) !== 0),
  )
  return Array.from(addresses, address => ({ address, family: isIPv6(address) ? 6 : 4 }))
}
