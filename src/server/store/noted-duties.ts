/** Tells which duties this server does, and which of them it has now, for whoever watches several servers. */

import type { Duties } from './duties.ts'
import type { Term } from './duty-term.ts'

export interface DutyState {
  readonly name: string
  /** False while another server has the duty, or nobody. */
  readonly isHeld: boolean
}

export interface NotedDuties extends Duties {
  /** Of each duty that was asked for and not closed, in the order of run(). */
  readonly states: () => readonly DutyState[]
}

export function noteDuties(duties: Duties): NotedDuties {
  const terms = new Map<string, Term | undefined>()
  return {
    ...duties,
    run: (name, work) => {
      terms.set(name, undefined)
      const { close } = duties.run(name, async term => {
        terms.set(name, term)
        await work(term)
        terms.set(name, undefined)
      })
      return {
        close: async () => {
          await close()
          terms.delete(name)
        },
      }
    },
    states: () => [...terms].map(([name, term]) => ({ name, isHeld: term !== undefined && !term.isLost() })),
  }
}
