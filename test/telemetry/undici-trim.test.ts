import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the version of undici is the one that scripts/undici-trim.mjs was made for', () => {
  expect(JSON.parse(read('node_modules/undici/package.json')).version).toBe('7.30.2')
})

test('what the wrapper loads has neither HTTP/2 nor bodies in it', () => {
  const script = read('dist/monitor.cjs')
  expect(script).toContain('HTTP/2 is not built in')
  for (const name of ['node:http2', 'node:worker_threads']) expect(script).not.toContain(name)
})
