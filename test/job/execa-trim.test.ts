import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the version of execa is the one that scripts/execa-trim.mjs was made for', () => {
  const manifest = new URL('../../node_modules/execa/package.json', import.meta.url)
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe('9.6.1')
})

test('nothing in the bundle of the wrapper touches the standard streams', () => {
  const reached = new Set<string>()
  const walk = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    const source = readFileSync(new URL(`../../dist/${file}`, import.meta.url), 'utf8')
    // Static imports alone: what the job's start waits for.
    for (const [, next] of source.matchAll(/^(?:import|\} from)[^;]*?"\.\/([^"]+)";$/gm)) if (next) walk(next)
    const code = source
      .replace(/^\s*(\/\/|\*).*$/gm, '')
      .replace(/(\/\/|`).*process\.std(in|out|err).*$/gm, '')
    const lines = code.split('\n').filter(line => /process\d*\.(stdin|stdout|stderr)\b/.test(line))
    expect(lines.filter(line => !COMMANDERS.test(line))).toEqual([])
  }
  walk('exec.js')
  expect(reached.size).toBeGreaterThan(1)
})

/** commander writes help and version there, and asks for the terminal's width; no job runs then. */
const COMMANDERS = /\b(write(Out|Err)|get(Out|Err)(HelpWidth|HasColors)): /
