/** Monitors with their last 30 runs, for the rows that pages show. */

import type { InTurn } from '../../system/turns.ts'
import type { Monitor } from '../monitors/monitors.ts'
import type { Store } from '../store/store.ts'
import type { Entry } from './entry-list.ts'

export interface RunDetails {
  /** In the order of the entries. Each is read from the store once for each change of its monitor. */
  readonly read: (entries: readonly Entry[], env?: string) => Promise<Monitor[]>
  /** Forgets the monitors that were not read since the last call. */
  readonly forgetUnused: () => void
}

/** Ten full pages. */
const MAX_DETAILS = 1000

/** So many monitors, each with 30 runs, are read in a few milliseconds. */
const SLICE = 10

interface Detail {
  readonly revision: number
  readonly monitor: Monitor
  wasUsed: boolean
}

export function createRunDetails(store: Pick<Store, 'monitors'>, inTurn: InTurn): RunDetails {
  // In the order of reading.
  const details = new Map<string, Detail>()

  const readSlice = async (entries: readonly Entry[], env: string | undefined) => {
    const keys = entries.map(({ monitor }) => monitor.key)
    const found = await store.monitors({ keys, recent: 30, ...(env !== undefined && { env }) })
    const byKey = new Map(found.map(monitor => [monitor.key, monitor]))
    for (const { monitor, revision } of entries) {
      const name = nameOf(monitor.key, env)
      details.delete(name)
      details.set(name, {
        revision,
        monitor: withoutMessages(byKey.get(monitor.key) ?? monitor),
        wasUsed: true,
      })
    }
  }
  return {
    read: async (entries, env) => {
      const missing = entries.filter(
        ({ monitor, revision }) => details.get(nameOf(monitor.key, env))?.revision !== revision,
      )
      for (let from = 0; from < missing.length; from += SLICE) {
        await inTurn(() => readSlice(missing.slice(from, from + SLICE), env))
      }
      const found = entries.map(({ monitor }) => {
        const detail = details.get(nameOf(monitor.key, env))
        if (detail !== undefined) detail.wasUsed = true
        return detail?.monitor ?? monitor
      })
      for (const name of details.keys()) {
        if (details.size <= MAX_DETAILS) break
        details.delete(name)
      }
      return found
    },
    forgetUnused: () => {
      for (const [name, detail] of details) {
        if (!detail.wasUsed) details.delete(name)
        detail.wasUsed = false
      }
    },
  }
}

function nameOf(key: string, env: string | undefined): string {
  return JSON.stringify([key, env])
}

function withoutMessages(monitor: Monitor): Monitor {
  return { ...monitor, recent: monitor.recent.map(({ message: _message, ...run }) => run) }
}
