import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the version of undici is the one that scripts/undici-trim.mjs was made for', () => {
  expect(JSON.parse(read('node_modules/undici/package.json')).version).toBe('7.30.2')
})

test('the wrapper’s script contains neither HTTP/2 nor bodies, and loads few modules of Node.js', () => {
  const script = read('dist/monitor.cjs')
  expect(script.includes('HTTP/2 is not built in')).toBe(true)
  for (const name of ['http', 'http2', 'assert', 'crypto', 'worker_threads', 'fs/promises', 'perf_hooks'])
    expect(script.includes(`require("node:${name}")`), name).toBe(false)
})
