/** Finds out whether events could be stored. */

import { randomUUID } from 'node:crypto'
import type { Database } from './database.ts'

/** Commits a row and its removal. Rejects with a DatabaseProblem. */
export async function probeWriting({ write }: Pick<Database, 'write'>): Promise<void> {
  const name = `probe ${randomUUID()}`
  await write(async ({ query }) => {
    await query('INSERT INTO cursor (name, id) VALUES ($1, 0)', [name], 'probe')
    await query('DELETE FROM cursor WHERE name = $1', [name], 'remove-probe')
  })
}
