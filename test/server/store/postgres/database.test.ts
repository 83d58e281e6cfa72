import { expect, test } from 'vitest'
import type { Connection } from '../../../../src/server/store/postgres/connection.ts'
import { createDatabase } from '../../../../src/server/store/postgres/database.ts'

/** What each query answers: the row of `head`, for those that want it. */
const ROW = { last_event: 0, last_change: 0, last_run: 0, last_monitor: 0, monitors: 0 }

const connection: Connection = {
  isUsable: () => true,
  query: async <Row>() => [ROW as Row],
  takeWarnings: () => [],
  onNotification: () => {},
  onEnd: () => {},
  end: () => {},
}

/** The clock stands still. */
function databaseThatIsAway() {
  const state = { problem: new Error('connection refused') as Error | undefined }
  const open = async () => {
    if (state.problem !== undefined) throw state.problem
    return connection
  }
  const { read, write } = createDatabase({ open, clock: () => 0 })
  return { state, read: () => read(async () => 'read'), write: () => write(async () => 'written') }
}

test('once something is written again, it can be read at once, and the other way round', async () => {
  for (const [first, then] of [
    ['write', 'read'],
    ['read', 'write'],
  ] as const) {
    const database = databaseThatIsAway()
    await expect(database[then]()).rejects.toThrow('connection refused')
    database.state.problem = undefined
    await database[first]()
    await database[then]()
  }
})
