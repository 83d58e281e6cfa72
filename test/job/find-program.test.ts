import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findProgram } from '../../src/job/find-program.ts'
import { tempDir } from '../support/temp.ts'

const folder = tempDir('lookup')
const file = (name: string, content: string, mode = 0o755) => {
  writeFileSync(`${folder}/${name}`, content)
  chmodSync(`${folder}/${name}`, mode)
  return `${folder}/${name}`
}
const path = (...folders: string[]) => [{ name: 'PATH', value: folders.join(':') }]

test('a program is found along PATH, past folders that are not there', () => {
  file('job', '#!/bin/sh\n')
  expect(findProgram('job', path('/nonexistent', folder))).toEqual({ kind: 'found', path: `${folder}/job` })
})

test('without PATH the default of execvp is searched', () => {
  expect(findProgram('sh', [])).toEqual({ kind: 'found', path: '/bin/sh' })
})

test('a later folder has it where an earlier one may not be run', () => {
  const first = `${folder}/first`
  const second = `${folder}/second`
  for (const place of [first, second]) mkdirSync(place)
  writeFileSync(`${first}/x`, '', { mode: 0o644 })
  writeFileSync(`${second}/x`, '', { mode: 0o755 })
  expect(findProgram('x', path(first, second))).toEqual({ kind: 'found', path: `${second}/x` })
  expect(findProgram('x', path(first))).toMatchObject({
    status: 126,
    reason: `permission denied: ${first}/x`,
  })
})

test('what cannot be run is told apart', () => {
  const plain = file('plain', '', 0o644)
  const script = file('script', '#! /no/such/interpreter -x\n')
  const link = `${folder}/link`
  symlinkSync('nowhere', link)
  const cases = [
    ['nosuch', 127, 'command not found: nosuch'],
    ['', 127, "command not found: ''"],
    [link, 127, `command not found: ${link}`],
    [plain, 126, `permission denied: ${plain}`],
    [folder, 126, `is a directory: ${folder}`],
    [`${plain}/x`, 126, `not a directory on the way to ${plain}/x`],
    [script, 127, `the interpreter /no/such/interpreter of ${script} was not found`],
  ] as const
  for (const [command, status, reason] of cases) {
    expect(findProgram(command, path(folder))).toEqual({ kind: 'cannot-run', status, reason })
  }
})
