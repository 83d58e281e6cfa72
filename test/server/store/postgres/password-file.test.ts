import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPassword } from '../../../../src/server/store/postgres/password-file.ts'
import { tempDir } from '../../../support/temp.ts'

const WANTED = { host: 'db1', port: 5432, database: 'cronitor', user: 'ann' }

function passwordFile(text: string, mode = 0o600): string {
  const path = join(tempDir('pgpass'), 'pgpass')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

test('the first line that fits has the password', () => {
  const file = passwordFile(
    '# db1:5432:cronitor:ann:comment\n\ndb2:5432:cronitor:ann:other\ndb1:*:cronitor:ann:first\n*:*:*:*:last\n',
  )
  expect(findPassword(WANTED, file)).toEqual({ ok: true, password: 'first' })
  expect(findPassword({ ...WANTED, user: 'bob' }, file)).toEqual({ ok: true, password: 'last' })
})

test('a backslash takes a colon and a backslash as they are, and a password may contain colons', () => {
  const file = passwordFile('::1:1:d:u:wrong\n\\:\\:1:5432:cronitor:a\\\\b:pass\\:w:ord\n')
  expect(findPassword({ ...WANTED, host: '::1', user: 'a\\b' }, file)).toEqual({
    ok: true,
    password: 'pass:w:ord',
  })
})

test('a socket is called localhost', () => {
  const file = passwordFile('localhost:5432:cronitor:ann:local\n')
  expect(findPassword({ ...WANTED, host: '/run/postgresql' }, file)).toEqual({ ok: true, password: 'local' })
})

test('a file that others may read is refused, and its content is not shown', () => {
  const file = passwordFile('*:*:*:*:secret\n', 0o640)
  const found = findPassword(WANTED, file)
  expect(found).toEqual({
    ok: false,
    problem: `${file} can be read by others, and is not used: chmod 600 ${file}`,
  })
})

test('without a file there is no password', () => {
  expect(findPassword(WANTED, undefined, tempDir('home'))).toEqual({ ok: true, password: undefined })
  expect(findPassword(WANTED, join(tempDir('none'), 'pgpass'))).toEqual({ ok: true, password: undefined })
})
