import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the version of execa is the one that scripts/execa-trim.mjs was made for', () => {
  const manifest = new URL('../../node_modules/execa/package.json', import.meta.url)
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe('9.6.1')
})

test('nothing in the bundle of the wrapper touches the standard streams', () => {
  const source = readFileSync(new URL('../../dist/exec.cjs', import.meta.url), 'utf8')
  const code = source
    .replace(/^\s*(\/\/|\*).*$/gm, '')
    .replace(/(\/\/|`).*process\.std(in|out|err).*$/gm, '')
  const lines = code.split('\n').filter(line => /process\d*\.(stdin|stdout|stderr)\b/.test(line))
  expect(lines.filter(line => !COMMANDERS.test(line))).toEqual([])
  // commander's, so that this sees how the bundle names them.
  expect(lines.length).toBeGreaterThan(0)
})

/** commander writes help and version there, and asks for the terminal's width; no job runs then. */
const COMMANDERS = /\b(write(Out|Err)|get(Out|Err)(HelpWidth|HasColors)): /
