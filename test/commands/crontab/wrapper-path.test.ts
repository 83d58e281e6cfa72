import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseWrapper } from '../../../src/commands/crontab/choose-wrapper.ts'
import { installedWrapper, isTemporary, wrapperInLine } from '../../../src/commands/crontab/wrapper-path.ts'
import { tempDir } from '../../support/temp.ts'

/** An installation as npm makes it: a link in `bin` to a file in `lib`. */
function installation() {
  const root = tempDir('installed')
  const own = join(root, 'lib/cronitor-exec')
  const link = join(root, 'bin/cronitor-exec')
  for (const folder of ['lib', 'bin', 'other']) mkdirSync(join(root, folder))
  writeFileSync(own, '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync(own, link)
  writeFileSync(join(root, 'other/cronitor-exec'), '#!/bin/sh\n', { mode: 0o755 })
  return { root, own, link, other: join(root, 'other') }
}

test('the path is the link on PATH that leads to this program', () => {
  const { root, own, link, other } = installation()
  expect(installedWrapper(`relative:${other}:${root}/bin:/usr/bin`, own)).toBe(link)
  expect(installedWrapper(other, own)).toBe(own)
})

test('a line has the name alone if its PATH finds the same file first', () => {
  const { root, own, link, other } = installation()
  expect(wrapperInLine(link, `/nowhere:${root}/bin`)).toBe('cronitor-exec')
  expect(wrapperInLine(own, `${root}/bin`)).toBe('cronitor-exec')
  expect(wrapperInLine(link, `${other}:${root}/bin`)).toBe(link)
  expect(wrapperInLine(link, '/usr/bin:/bin')).toBe(link)
  chmodSync(join(other, 'cronitor-exec'), 0o644)
  expect(wrapperInLine(link, `${other}:${root}/bin`)).toBe('cronitor-exec')
})

test.each([
  ['/usr/local/bin/cronitor-exec', false],
  ['/home/alice/.nvm/versions/node/v22.1.0/bin/cronitor-exec', false],
  ['/home/alice/.npm/_npx/0123456789abcdef/node_modules/.bin/cronitor-exec', true],
  ['/home/alice/.cache/pnpm/dlx/abc/node_modules/.bin/cronitor-exec', true],
  ['/tmp/xfs-0a1b2c3d/cronitor-exec', true],
  ['/var/tmp/cronitor-exec', true],
  ['/tmpfiles/cronitor-exec', false],
])('%s is in a temporary folder: %s', (path, isIt) => {
  expect(isTemporary(path)).toBe(isIt)
  expect(chooseWrapper(undefined, () => path).ok).toBe(!isIt)
  expect(chooseWrapper(path)).toEqual({ ok: true, path })
})
