import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findInstallations } from '../../../src/commands/doctor/probes/find-installations.ts'
import { programKind } from '../../../src/commands/doctor/probes/program-kind.ts'
import { paths } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

const OWN = join(paths.project, 'bin')

function program(name: string, content: string | Buffer): string {
  const path = join(tempDir('program'), name)
  writeFileSync(path, content, { mode: 0o755 })
  return path
}

test('this installation is known by any link to it', () => {
  const link = join(tempDir('program'), 'cronitor')
  symlinkSync(join(OWN, 'cronitor'), link)
  expect(programKind(link, realpathSync(OWN))).toEqual({ kind: 'this' })
})

test('another installation is known by its launcher, and its version by its package', () => {
  const folder = tempDir('other')
  mkdirSync(join(folder, 'bin'))
  for (const name of ['cronitor', 'cronitor-exec']) cpSync(join(OWN, name), join(folder, 'bin', name))
  writeFileSync(join(folder, 'package.json'), '{"version": "0.0.9"}')
  for (const name of ['cronitor', 'cronitor-exec'])
    expect(programKind(join(folder, 'bin', name), OWN)).toEqual({ kind: 'ours', version: '0.0.9' })
})

test('another executable is known by the launcher beside it', () => {
  const path = program('cronitor', Buffer.from('\x7fELF'))
  expect(programKind(path, OWN)).toEqual({ kind: 'other' })
  cpSync(join(paths.project, 'scripts/executable-launcher.sh'), join(path, '../cronitor-exec'))
  expect(programKind(path, OWN)).toEqual({ kind: 'ours' })
})

test('the official client is known by its module, also across the chunks in which it is read', () => {
  const module = 'github.com/cronitorio/cronitor-cli'
  for (const before of [0, 1024 * 1024 - 5, 3 * 1024 * 1024]) {
    const path = program(
      'cronitor',
      Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(before), Buffer.from(module)]),
    )
    expect(programKind(path, OWN)).toEqual({ kind: 'official' })
  }
})

test.each([
  ['a script', '#!/bin/sh\necho github.com/cronitorio/cronitor-cli\n'],
  ['an empty file', ''],
])('%s is another program', (_, content) => {
  expect(programKind(program('cronitor', content), OWN)).toEqual({ kind: 'other' })
})

test('a program that is gone is another one', () => {
  expect(programKind('/nowhere/cronitor', OWN)).toEqual({ kind: 'other' })
})

test('each program is found once, under its first path, and folders that are not absolute are left out', () => {
  const first = tempDir('first')
  const second = tempDir('second')
  writeFileSync(join(second, 'cronitor'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(second, 'cronitor-exec'), 'not executable', { mode: 0o644 })
  symlinkSync(join(second, 'cronitor'), join(first, 'cronitor'))
  mkdirSync(join(first, 'cronitor-exec'))
  expect(findInstallations(['', '.', first, second, first], join(OWN, 'cronitor-exec'))).toEqual([
    { name: 'cronitor', path: join(first, 'cronitor'), kind: 'other' },
  ])
})
