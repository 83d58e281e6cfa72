import { expect, test } from 'vitest'
import { requestWithoutOptions } from '../../../src/commands/exec/request-without-options.ts'
import { readExec } from './read-exec.ts'

test.each([
  [['key', 'cmd']],
  [['key', 'cmd', '--env', 'x', '-k', '', '--', '--help']],
  [['key', '--', '--', 'cmd', '--']],
  [['key', '--', '--retries', '3']],
  [['key', 'pg_dump app | gzip']],
  [['key', 'A=1', 'x']],
  [['key', 'A=1; x']],
  [['key', '']],
  [['a/b ü%', 'x']],
])('%j is read as commander reads it', async line => {
  const { usageError: _theirs, ...request } = requestWithoutOptions(line) ?? {}
  const { usageError: _ours, ...expected } = (await readExec(...line)).request ?? {}
  expect(request).toEqual(expected)
})

test.each([
  [[]],
  [['']],
  [['key']],
  [['key', '--']],
  [['key', 'A=1']],
  [['key', '--', 'A=1', 'B=2']],
  [['.', 'x']],
  [['a b', 'x']],
  [['--', 'key', 'x']],
  [['-v', 'key', 'x']],
  [['--env', 'prod', 'key', 'x']],
  [['--timeout=1s', 'key', 'x']],
  [['-', 'x']],
])('%j is left to commander', line => {
  expect(requestWithoutOptions(line)).toBeUndefined()
})
