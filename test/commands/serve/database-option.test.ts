import { expect, test } from 'vitest'
import { databaseOption } from '../../../src/commands/serve/database-option.ts'

test('without option and variable there is no database', () => {
  expect(databaseOption(undefined, {})).toEqual({ ok: true })
  expect(databaseOption(undefined, { CRONITOR_DATABASE: ' \n' })).toEqual({ ok: true })
})

test('the option takes precedence over the variable', () => {
  const option = databaseOption('postgres://u@a/d', { CRONITOR_DATABASE: 'postgres://u@b/d' })
  expect(option).toMatchObject({ ok: true, address: { hosts: [{ host: 'a' }] } })
})

test('a password in the option is visible to others, and one in the variable is not', () => {
  expect(databaseOption('postgres://u:secret@a/d', {})).toMatchObject({
    warning: expect.stringContaining('process list'),
  })
  expect(databaseOption(undefined, { CRONITOR_DATABASE: 'postgres://u:secret@a/d' })).not.toHaveProperty(
    'warning',
  )
})

test('a wrong URL is named by where it comes from, and not shown', () => {
  expect(databaseOption('mysql://u:secret@a/d', {})).toEqual({
    ok: false,
    problem: 'the URL of --database is no URL such as postgres://user@host/database',
  })
  expect(databaseOption(undefined, { CRONITOR_DATABASE: 'x' })).toEqual({
    ok: false,
    problem: 'CRONITOR_DATABASE is no URL such as postgres://user@host/database',
  })
})
