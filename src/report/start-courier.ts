/** Starts the courier: a background process that delivers the events in the spool. */

import { resolve } from 'node:path'
import type { Settings } from '../settings/settings.ts'
import type { KeyFingerprint } from '../spool/delivery-scope.ts'
import { deliveryLockPath, type Spool } from '../spool/spool.ts'
import { startInBackground } from '../system/background-process.ts'
import { courierVariables } from '../system/foreign-variables.ts'
import { acquireLock } from '../system/lock.ts'
import { ownProgram } from '../system/own-program.ts'
import { processId } from '../system/process-id.ts'
import { warnUnwritable } from './notices/spool-warnings.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

/** Does nothing with `--no-courier`, without a usable address, or if a process already delivers. Never throws. */
export function startCourier({ spool, key, settings, notices }: SpoolKeeper): void {
  if (!settings.courier || settings.url.kind === 'unusable') return
  try {
    const result = spawnCourier(spool, key, settings)
    if (result !== 'busy')
      notices.verbose(result === 'started' ? 'started a courier' : 'no courier could be started')
  } catch (error) {
    warnUnwritable(notices, spool, error)
  }
}

/**
 * The settings go through a pipe, so that neither the command line nor the environment holds a key. This process acquires
 * the delivery lock, and hands it over before the courier gets its settings: of two hundred wrappers that end at once,
 * one starts a courier.
 *
 * @throws the system's error if the spool cannot be written
 */
function spawnCourier(spool: Spool, key: KeyFingerprint, settings: Settings): 'started' | 'busy' | 'failed' {
  const acquired = acquireLock(deliveryLockPath(spool, key), 'starting', spool.place)
  if (acquired.kind === 'busy') return 'busy'
  const { lock } = acquired
  const courier = startInBackground([...ownProgram(), 'spool', 'courier'], courierEnvironment(process.env))
  const id = courier.pid === undefined ? undefined : processId(courier.pid)
  if (id === undefined) {
    lock.release()
    return 'failed'
  }
  lock.handOver(id, 'courier')
  courier.write(
    JSON.stringify({ ...settings, log: absolute(settings.log), keyFile: absolute(settings.keyFile) }),
  )
  return 'started'
}

/** The environment with absolute paths, since the courier has another working directory. */
function courierEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variables = courierVariables(env)
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
    const found = absolute(variables[name] || undefined)
    if (found === undefined) delete variables[name]
    else variables[name] = found
  }
  const { SSL_CERT_DIR: folders } = variables
  if (folders)
    variables.SSL_CERT_DIR = folders
      .split(':')
      .map(folder => absolute(folder) ?? folder)
      .join(':')
  return variables
}

/** Undefined if the working directory was removed. */
function absolute(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return resolve(path)
  } catch {
    return undefined
  }
}
