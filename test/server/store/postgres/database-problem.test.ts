import { expect, test } from 'vitest'
import { databaseProblem } from '../../../../src/server/store/postgres/database-problem.ts'

test.each(['26000', '42P05'])('SQLSTATE %s, of a pooler that shares sessions, says what to set', code => {
  const error = Object.assign(new Error('prepared statement "head-now" is\nso'), { code, severity: 'ERROR' })
  const { kind, message } = databaseProblem(error, 'db:5432')
  expect(kind).toBe('refused')
  expect(message).toBe(
    'a pooler in front of the database shares its sessions: set pool_mode=session in PgBouncer (prepared statement "head-now" is so)',
  )
})
