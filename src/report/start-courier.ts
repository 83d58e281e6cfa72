/** Starts the courier, the process in the background that delivers what is in the spool, unless one is at it. */

import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Settings } from '../settings/settings.ts'
import type { KeyFingerprint } from '../spool/delivery-scope.ts'
import { deliveryLockPath, type Spool } from '../spool/spool.ts'
import { courierVariables } from '../system/foreign-variables.ts'
import { acquireLock } from '../system/lock.ts'
import { processId } from '../system/process-id.ts'

/** Beside dist/, where this is bundled to. */
const PROGRAM = join(import.meta.dirname, '../bin/cronitor.js')

/**
 * Its command line and its environment hold no key: the settings go through a pipe. The lock is taken here and handed
 * over, so that of two hundred wrappers that end at once, one starts a courier.
 *
 * @throws the system's error where the spool cannot be written to
 */
export function startCourier(
  spool: Spool,
  key: KeyFingerprint,
  settings: Settings,
): 'started' | 'busy' | 'failed' {
  const acquired = acquireLock(deliveryLockPath(spool, key), 'starting', spool.place)
  if (acquired.kind === 'busy') return 'busy'
  const { lock } = acquired
  const courier = spawn(process.execPath, ['--no-warnings', PROGRAM, 'spool', 'courier'], {
    // A session of its own: neither the terminal's signals nor the end of the caller's session reach it.
    detached: true,
    cwd: '/',
    env: environment(process.env),
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  courier.on('error', () => {})
  courier.stdin?.on('error', () => {})
  const id = courier.pid === undefined ? undefined : processId(courier.pid)
  if (id === undefined) {
    lock.release()
    return 'failed'
  }
  lock.handOver(id, 'courier')
  // It reads to the end, which comes with our own end at the latest; so small a text fits into the pipe at once.
  courier.stdin?.end(
    JSON.stringify({ ...settings, log: fromHere(settings.log), keyFile: fromHere(settings.keyFile) }),
  )
  courier.unref()
  return 'started'
}

/** Paths as they can be opened from another working directory. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variables = courierVariables(env)
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
    const found = fromHere(variables[name] || undefined)
    if (found === undefined) delete variables[name]
    else variables[name] = found
  }
  const { SSL_CERT_DIR: folders } = variables
  if (folders)
    variables.SSL_CERT_DIR = folders
      .split(':')
      .map(folder => fromHere(folder) ?? folder)
      .join(':')
  return variables
}

/** A path as it can be opened from another working directory; undefined where this one is gone. */
function fromHere(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return resolve(path)
  } catch {
    return undefined
  }
}
