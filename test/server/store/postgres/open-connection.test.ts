import { expect, onTestFinished, test } from 'vitest'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { createOpener } from '../../../../src/server/store/postgres/open-connection.ts'
import { emptySchema, whyNoPostgres } from '../../../support/postgres.ts'

const why = whyNoPostgres()

test.skipIf(why !== undefined)(
  `a session has limits, and compiles no statement${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    const parsed = parseDatabaseAddress(await emptySchema(), {})
    if (!parsed.ok) throw new Error(parsed.problem)
    const connection = await createOpener(parsed.address)()
    onTestFinished(() => connection.end())
    expect(
      await connection.query(
        "SELECT current_setting('statement_timeout') AS limit, current_setting('jit') AS jit",
      ),
    ).toEqual([{ limit: '30s', jit: 'off' }])
  },
)
