/** Whether events can be stored: as far as is known, and as found out again after a failure. */

import { errorMessage } from '../../system/error-message.ts'

export interface WriteState {
  /** An event was stored. */
  readonly stored: () => void
  /** A group of events of so many bytes could not be stored. */
  readonly failed: (error: unknown, bytes: number) => void
  /** Resolves if events can be stored; rejects with the reason if they cannot. */
  readonly check: () => Promise<void>
  /** Calls the listener when events cannot be stored any more, with the reason, and when they can again. */
  readonly onChange: (listener: (problem: string | undefined) => void) => () => void
  readonly stop: () => void
}

export interface WriteStateOptions {
  /** Stores something of so many bytes and removes it. Rejects if that is not possible. */
  readonly probe: (bytes: number) => Promise<void>
  /** Rejects if the database cannot be read. */
  readonly read: () => Promise<unknown>
  /** Calls back repeatedly, and returns a function that stops it. Default: every five seconds. */
  readonly every?: (work: () => void) => () => void
}

/**
 * After a failure, and before the first event, a check probes whether an event could be stored, so that neither a server
 * that gets no events, because a load balancer has stopped sending them, stays unhealthy for ever, nor one that refuses
 * them is healthy. After an event, a check only reads, so that frequent checks cause no syncs of the disk.
 */
export function createWriteState({ probe, read, every = everyFiveSeconds }: WriteStateOptions): WriteState {
  const listeners = new Set<(problem: string | undefined) => void>()
  let isKnownGood = false
  let problem: string | undefined
  let bytes = 0
  /** Counts what events have shown: a probe that began before proves nothing. */
  let findings = 0
  let probing: Promise<void> | undefined
  let stopPolling: (() => void) | undefined
  let isStopped = false

  const setProblem = (next: string | undefined) => {
    const hasChanged = (problem === undefined) !== (next === undefined)
    problem = next
    isKnownGood = next === undefined
    if (next === undefined) {
      stopPolling?.()
      stopPolling = undefined
      bytes = 0
    } else if (!isStopped) {
      stopPolling ??= every(() => void probeNow().catch(() => {}))
    }
    if (hasChanged) for (const listener of listeners) listener(next)
  }
  const probeOnce = async () => {
    const before = findings
    const found = await probe(bytes).then(() => undefined, errorMessage)
    if (findings === before) setProblem(found)
    if (problem !== undefined) throw new Error(problem)
  }
  const probeNow = () => {
    probing ??= probeOnce().finally(() => {
      probing = undefined
    })
    return probing
  }
  return {
    stored: () => {
      findings += 1
      setProblem(undefined)
    },
    failed: (error, size) => {
      findings += 1
      bytes = Math.max(bytes, size)
      setProblem(errorMessage(error))
    },
    check: async () => {
      if (isKnownGood) await read()
      else await probeNow()
    },
    onChange: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => {
      isStopped = true
      stopPolling?.()
    },
  }
}

const POLL_MS = 5000

function everyFiveSeconds(work: () => void): () => void {
  const timer = setInterval(work, POLL_MS).unref()
  return () => clearInterval(timer)
}
