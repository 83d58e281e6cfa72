import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the version of execa is the one that scripts/execa-trim.mjs was made for', () => {
  const manifest = new URL('../../node_modules/execa/package.json', import.meta.url)
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe('9.6.1')
})

test('nothing in the bundle of the wrapper touches the standard streams', () => {
  const usesIn = (script: string) => {
    const source = readFileSync(new URL(`../../dist/${script}`, import.meta.url), 'utf8')
    return [...source.matchAll(/process\d*\.(stdin|stdout|stderr)\b/g)].map(({ index }) =>
      source.slice(Math.max(0, index - 200), index),
    )
  }
  expect(usesIn('exec.cjs')).toEqual([])
  // What stands in front of each: commander's are in one object of functions.
  const commanders = usesIn('options.cjs')
  expect(commanders.filter(before => !COMMANDERS.test(before))).toEqual([])
  // So that this sees how the bundle names them.
  expect(commanders.length).toBeGreaterThan(0)
})

/** commander writes help and version there, and asks for the terminal's width; no job runs then. */
const COMMANDERS = /\b(write(Out|Err)|get(Out|Err)(HelpWidth|HasColors)):/
