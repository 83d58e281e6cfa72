import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp.ts'

const script: string = new URL('../../scripts/licences.mjs', import.meta.url).href
const { licencesOf } = (await import(script)) as {
  licencesOf: (metafile: object, root: string) => Promise<string>
}

/** The text for a bundle of one package with these files; `package.json` with what is given. */
async function textFor(manifest: object, files: Readonly<Record<string, string>>): Promise<string> {
  const root = `${tempDir('licences')}/`
  const all = { ...files, 'package.json': JSON.stringify({ name: 'a', version: '1.0.0', ...manifest }) }
  for (const [name, text] of Object.entries(all)) {
    const path = join(root, 'node_modules/a', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const inputs = { 'node_modules/a/index.js': { bytesInOutput: 1 } }
  return licencesOf({ outputs: { 'dist/x.js': { inputs } } }, root)
}

test('of two licences both texts are there, each under the name of its file', async () => {
  const text = await textFor(
    { license: 'MIT OR EUPL-1.1+' },
    { 'LICENSE.EUPL-1.2': 'the EUPL', 'LICENSE.MIT': 'the MIT licence', 'README.md': 'read me' },
  )
  expect(text).toContain(
    'a 1.0.0 (MIT OR EUPL-1.1+)\n\nLICENSE.EUPL-1.2:\n\nthe EUPL\n\nLICENSE.MIT:\n\nthe MIT licence\n',
  )
  expect(text).not.toContain('read me')
})

test.each([
  'NOTICE',
  'NOTICE.txt',
  'notice.md',
  'COPYRIGHT',
  'PATENTS',
  'AUTHORS',
  'ThirdPartyNotices.txt',
  'THIRD-PARTY-LICENSES',
])('%s is there beside the licence', async name => {
  const text = await textFor({ license: 'Apache-2.0' }, { LICENSE: 'the licence', [name]: 'who to name' })
  expect(text).toContain(`LICENSE:\n\nthe licence\n\n${name}:\n\nwho to name\n`)
})

test.each([
  'LICENSE',
  'LICENCE',
  'license.md',
  'LICENSE-MIT',
  'License.txt',
  'COPYING',
  'COPYING.LESSER',
  'UNLICENSE',
  'MIT-LICENSE',
  'LICENSES/MIT.txt',
  'license/MIT',
])('a single %s is there without a heading', async name => {
  const text = await textFor({ license: 'MIT' }, { [name]: 'the licence\n' })
  expect(text).toContain('a 1.0.0 (MIT)\n\nthe licence\n')
})

test('the file that package.json names is there', async () => {
  const text = await textFor({ license: 'SEE LICENSE IN terms.txt' }, { 'terms.txt': 'the terms' })
  expect(text).toContain('\n\nthe terms\n')
})

test('the forms of old are read', async () => {
  const file = { LICENSE: 'the licence' }
  expect(await textFor({ license: { type: 'MIT' } }, file)).toContain('(MIT)')
  expect(await textFor({ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] }, file)).toContain(
    '(MIT OR GPL-2.0)',
  )
})

test('a package that says MIT and its author has the text of that, a notice too', async () => {
  const text = await textFor({ license: 'MIT', author: 'Jo Doe <jo@example.org>' }, { NOTICE: 'who to name' })
  expect(text).toContain('Copyright (c) Jo Doe')
  expect(text).toContain('NOTICE:\n\nwho to name')
})

test.each([
  ['no licence at all', {}, {}],
  ['a licence that no text is there of', { license: 'Apache-2.0' }, {}],
  ['a notice alone', { license: 'Apache-2.0' }, { NOTICE: 'who to name' }],
  ['an empty text', { license: 'Apache-2.0' }, { LICENSE: '\n' }],
  ['a text without a name', {}, { LICENSE: 'the licence' }],
])('a package with %s is not shipped', async (_what, manifest, files) => {
  await expect(textFor(manifest, files)).rejects.toThrow('a 1.0.0 comes without a licence')
})

test('what is in the bundle comes with both licences of mailsplit', () => {
  const text = readFileSync(new URL('../../dist/THIRD-PARTY-LICENSES.txt', import.meta.url), 'utf8')
  const [, part = ''] = text.split(/^@zone-eu\/mailsplit .*$/m)
  const [mailsplit = ''] = part.split('-'.repeat(80))
  expect(mailsplit).toContain('LICENSE.EUPL-1.2:')
  expect(mailsplit).toContain('Permission is hereby granted, free of charge')
})
