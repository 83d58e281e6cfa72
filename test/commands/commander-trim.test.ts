import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the version of commander is the one that scripts/commander-trim.mjs was made for', () => {
  expect(JSON.parse(read('node_modules/commander/package.json')).version).toBe('14.0.3')
})

test('the wrapper’s script contains neither help nor suggestions, which dist/help.cjs has', () => {
  const [exec, help] = [read('dist/exec.cjs'), read('dist/help.cjs')]
  for (const name of ['formatItemList(', 'function editDistance(']) {
    expect([name, exec.includes(name), help.includes(name)]).toEqual([name, false, true])
  }
})
