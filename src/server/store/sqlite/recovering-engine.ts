/** An engine over a database that could only be opened for reading: it tries to open it anew when something is written. */

import { errorMessage } from '../../../system/error-message.ts'
import { NotWritableError } from '../store-error.ts'
import type { Engine } from './engine.ts'
import { callByName } from './thread/async-engine.ts'

/** Opening anew examines the folder and the database. Writes in between fail at once. */
const RETRY_MS = 1000

const WRITES: ReadonlySet<string> = new Set<keyof Engine>([
  'record',
  'storeProbe',
  'setCursor',
  'expect',
  'judgeHealth',
  'repeatBad',
  'countFrom',
  'addRunningTime',
  'pruneLimit',
  'pruneStep',
])

/**
 * `problem` says why the database could not be opened for writing. `reopen` opens it for writing, or throws. `clock` is
 * monotonic, in milliseconds.
 */
export function createRecoveringEngine(
  readOnly: Engine,
  problem: string,
  reopen: () => Engine,
  clock: () => number,
): Engine {
  let engine = readOnly
  let reason: string | undefined = problem
  let triedAt = clock()
  const recover = () => {
    if (reason === undefined) return
    if (clock() - triedAt < RETRY_MS) throw new NotWritableError(reason)
    triedAt = clock()
    try {
      engine = reopenAndProbe(reopen)
    } catch (error) {
      reason = errorMessage(error)
      throw new NotWritableError(reason)
    }
    reason = undefined
    readOnly.close()
  }
  const names = Object.keys(readOnly)
  const functions = names.map(name => [
    name,
    (...args: readonly unknown[]) => {
      if (WRITES.has(name)) recover()
      return callByName(engine, name, args)
    },
  ])
  // All names of an Engine; TypeScript does not follow them through Object.fromEntries.
  return { ...(Object.fromEntries(functions) as Engine), isReadOnly: () => reason !== undefined }
}

function reopenAndProbe(reopen: () => Engine): Engine {
  const engine = reopen()
  try {
    engine.storeProbe(0)
    return engine
  } catch (error) {
    engine.close()
    throw error
  }
}
