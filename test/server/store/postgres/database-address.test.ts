import { describe, expect, test } from 'vitest'
import {
  type DatabaseAddress,
  parseDatabaseAddress,
} from '../../../../src/server/store/postgres/database-address.ts'

function addressOf(url: string, env: Record<string, string> = {}): DatabaseAddress {
  const parsed = parseDatabaseAddress(url, env)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.address
}

function problemOf(url: string, env: Record<string, string> = {}): string {
  const parsed = parseDatabaseAddress(url, env)
  return parsed.ok ? 'none' : parsed.problem
}

test('a URL names user, password, host, port and database', () => {
  expect(addressOf('postgres://ann:p%40ss%3Aword@db.example.org:6432/cron%20itor')).toMatchObject({
    hosts: [{ host: 'db.example.org', port: 6432 }],
    user: 'ann',
    password: 'p@ss:word',
    database: 'cron itor',
    sslMode: 'prefer',
    mustBeWritable: false,
    connectTimeoutMs: 5000,
  })
})

test('no problem shows a part of a password whose characters are not encoded', () => {
  for (const password of [
    '12/secret',
    '12?secret',
    '12?secret=x',
    'p@secret',
    'p@secret/x',
    '12#secret',
    'a?b/secret',
  ])
    expect(problemOf(`postgres://ann:${password}@db/cronitor`)).toMatch(
      /^(has an @ in a wrong place|is no URL such as)/,
    )
})

test('several hosts may have ports of their own, and IPv6 addresses', () => {
  expect(addressOf('postgresql://u@a:1,b,[::1]:3/d').hosts).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 5432 },
    { host: '::1', port: 3 },
  ])
})

test('with several hosts, one that only reads is passed over unless the URL says otherwise', () => {
  expect(addressOf('postgres://u@a,b/d').mustBeWritable).toBe(true)
  expect(addressOf('postgres://u@a,b/d?target_session_attrs=any').mustBeWritable).toBe(false)
  expect(addressOf('postgres://u@a/d?target_session_attrs=read-write').mustBeWritable).toBe(true)
})

test('the socket of a host is a folder in its place', () => {
  expect(addressOf('postgres://u@%2Frun%2Fpostgresql/d').hosts).toEqual([
    { host: '/run/postgresql', port: 5432 },
  ])
  expect(addressOf('postgres://u@/d?host=/tmp&port=5433').hosts).toEqual([{ host: '/tmp', port: 5433 }])
})

test('the environment completes the URL, which takes precedence', () => {
  const env = { PGHOST: 'h1,h2', PGPORT: '7000', PGUSER: 'env', PGDATABASE: 'edb', PGSSLMODE: 'require' }
  expect(addressOf('postgres://', env)).toMatchObject({
    hosts: [
      { host: 'h1', port: 7000 },
      { host: 'h2', port: 7000 },
    ],
    user: 'env',
    database: 'edb',
    sslMode: 'require',
  })
  expect(addressOf('postgres://u@h/d?sslmode=disable', env)).toMatchObject({
    hosts: [{ host: 'h', port: 7000 }],
    user: 'u',
    database: 'd',
    sslMode: 'disable',
  })
})

test('the database has the name of the user if none is given', () => {
  expect(addressOf('postgres://ann@db')).toMatchObject({ user: 'ann', database: 'ann' })
})

describe('a URL that cannot be used is one line without the password', () => {
  test.each([
    ['mysql://u:secret@h/d', 'is no URL such as postgres://user@host/database'],
    ['db.example.org', 'is no URL such as postgres://user@host/database'],
    ['postgres://u:secret@h/d?sslmod=require', 'does not know the parameter sslmod'],
    ['postgres://u:secret@h/d?sslmode=yes', 'has an unknown sslmode'],
    ['postgres://u:secret@h/d?target_session_attrs=standby', 'has an unknown target_session_attrs'],
    ['postgres://u:secret@h:0/d', 'has a port'],
    ['postgres://u:secret@h:port/d', 'has a host that cannot be read'],
    ['postgres://u:secret@h/d?host', 'has the parameter host without a value'],
    ['postgres://u:%zz@h/d', 'has a % that'],
    ['postgres://u:secret@h/d?connect_timeout=soon', 'has a connect_timeout'],
  ])('%s', (url, problem) => {
    expect(problemOf(url)).toContain(problem)
    expect(problemOf(url)).not.toContain('secret')
  })
})
