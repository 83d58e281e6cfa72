/** Commits events in groups: events that arrive during a commit share the next one. */

import type { ReceivedEvent, StoredEvent } from './event.ts'
import type { News, Recorded } from './store.ts'

/**
 * If more events wait, they are committed in several groups. The first senders then get their answers, and send more,
 * while the next group is written. With one large group, senders and database would wait for each other in turns.
 */
const MAX_GROUP = 250

/** One commit is written while the next one is on its way to the thread. More of them would make groups smaller. */
const MAX_COMMITS = 2

/** The event must not be stored. */
export type NotApplied = 'repeated' | 'too-many-monitors'

export interface RecordedGroup {
  /** The id of each event, in their order, or why it is not stored. */
  readonly ids: readonly (number | NotApplied)[]
  readonly healthChanged: boolean
}

export interface GroupCommitOptions {
  /** Commits a group. If it rejects, no event of the group was stored. */
  readonly commit: (events: readonly ReceivedEvent[]) => Promise<RecordedGroup>
  /** Called after each commit, before the senders continue. */
  readonly onCommitted: (news: News) => void
}

export interface GroupCommit {
  /** Rejects with the error of the group's commit. */
  readonly record: (event: ReceivedEvent) => Promise<Recorded>
  /** Resolves when all recorded events are committed or rejected. */
  readonly finish: () => Promise<void>
}

interface Waiting {
  readonly event: ReceivedEvent
  readonly resolve: (recorded: Recorded) => void
  readonly reject: (error: unknown) => void
}

export function createGroupCommit({ commit, onCommitted }: GroupCommitOptions): GroupCommit {
  const waiting: Waiting[] = []
  const underWay = new Set<Promise<void>>()
  let isScheduled = false
  const canStart = () => waiting.length > 0 && underWay.size < MAX_COMMITS

  const start = () => {
    const committed = commitGroup(waiting.splice(0, MAX_GROUP)).finally(() => {
      underWay.delete(committed)
      schedule()
    })
    underWay.add(committed)
  }
  const schedule = () => {
    if (!canStart()) return
    // Does not wait for the end of a long turn of the event loop, during which the database would be idle.
    if (waiting.length >= MAX_GROUP) return start()
    if (isScheduled) return
    isScheduled = true
    // Events that arrive in the same turn of the event loop join the group.
    setImmediate(() => {
      isScheduled = false
      if (canStart()) start()
    })
  }
  const commitGroup = async (group: readonly Waiting[]) => {
    let recorded: RecordedGroup
    try {
      recorded = await commit(group.map(({ event }) => event))
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    onCommitted({ events: resolveAll(group, recorded), healthChanged: recorded.healthChanged })
  }

  return {
    record: event =>
      new Promise((resolve, reject) => {
        waiting.push({ event, resolve, reject })
        schedule()
      }),
    finish: async () => {
      while (waiting.length > 0 || underWay.size > 0) {
        if (canStart()) start()
        await Promise.race(underWay)
      }
    },
  }
}

/** The events that were stored. */
function resolveAll(group: readonly Waiting[], { ids }: RecordedGroup): StoredEvent[] {
  const events: StoredEvent[] = []
  for (const [index, { event, resolve, reject }] of group.entries()) {
    const id = ids[index]
    if (id === undefined) reject(new Error('the store gave no answer'))
    else if (typeof id === 'string') resolve({ kind: id })
    else {
      const stored = { ...event, id }
      events.push(stored)
      resolve({ kind: 'stored', event: stored })
    }
  }
  return events
}
