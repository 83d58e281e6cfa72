import { describe, expect, test } from 'vitest'
import { failureAnswer } from '../../src/server/failure-answer.ts'
import { DatabaseProblem } from '../../src/server/store/postgres/database-problem.ts'
import { NotWritableError, StoreError } from '../../src/server/store/store-error.ts'

const ofSqlite = (code: string) => Object.assign(new Error('it is so'), { code })

describe('503 with the reason and a time to try again', () => {
  test.each([
    ['the database is away', new DatabaseProblem('away', 'it is so')],
    ['the database refuses the user by now', new DatabaseProblem('refused', 'it is so')],
    ['the store has ended', new StoreError('it is so')],
    ['nothing can be written', new NotWritableError('it is so')],
    ["SQLite's file is on a broken disk", ofSqlite('SQLITE_IOERR_READ')],
    ["SQLite's file is damaged", ofSqlite('SQLITE_CORRUPT')],
  ])('if %s', (_why, error) => {
    const { status, headers, body, refusal } = failureAnswer(error)
    expect([status, headers]).toEqual([503, { 'retry-after': '10' }])
    expect(JSON.parse(body)).toEqual({ error: 'the store cannot be read: it is so' })
    expect(refusal?.reason).toBe('not_read')
  })
})

test.each([
  ['a statement of PostgreSQL', new DatabaseProblem('failed', 'secret')],
  ['a statement of SQLite', ofSqlite('SQLITE_ERROR')],
  ['anything else', new TypeError('secret')],
  ['what is no error', 'secret'],
])('500 without a reason if the program is wrong in %s', (_what, error) => {
  const { status, headers, body } = failureAnswer(error)
  expect([status, headers]).toEqual([500, {}])
  expect(JSON.parse(body)).toEqual({ error: 'the server failed to answer this request' })
})
