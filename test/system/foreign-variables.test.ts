import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { courierVariables, FOREIGN_VARIABLES } from '../../src/system/foreign-variables.ts'
import { paths } from '../support/run.ts'

const launcher = readFileSync(join(paths.project, 'bin/launch.sh'), 'utf8')
const taken = FOREIGN_VARIABLES.filter(({ use }) => use === 'taken').map(({ name }) => name)

test('each variable stands in the table once', () => {
  const names = FOREIGN_VARIABLES.map(({ name }) => name)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('the launcher takes from Node.js what the table says, and nothing else', () => {
  const unset = [...launcher.matchAll(/^ *unset ((?:[A-Z]\w*(?: | \\\n *)?)+)$/gm)].flatMap(
    ([, names = '']) => names.split(/[\s\\]+/).filter(name => name !== ''),
  )
  // This one is kept for the job even where nothing can be noted.
  const [, kept = ''] = /for _cx_name in (\w+) \$_cx_leave_out/.exec(launcher) ?? []
  expect([...unset, kept].sort()).toEqual([...taken].sort())
})

test('where one of those is there, the launcher notes the whole environment for the job', () => {
  const [, patterns = ''] = /case \$_cx_environ in\s+(\*\\"[^)]*)\)/.exec(launcher) ?? []
  const words = [...patterns.matchAll(/\*([A-Z_]+)\*/g)].map(([, word = '']) => word)
  expect(words).toContain('NODE_')
  expect(taken.filter(name => !words.some(word => name.includes(word)))).toEqual([])
})

test('of a large environment the launcher notes each of those', () => {
  const [, changed = ''] = /^_cx_changed='(.*)'$/m.exec(launcher) ?? []
  const pattern = new RegExp(changed)
  for (const name of [...taken, 'PWD', 'a.b', '1st', 'BASH_FUNC_x%%', '_cx_node', 'LD_PRELOAD'])
    expect(`${name}=x`).toMatch(pattern)
  for (const name of ['PATH', 'HOME', 'PWD_', 'CRONITOR_API_KEY']) expect(`${name}=x`).not.toMatch(pattern)
})

test('each variable that Node.js lists in its help is in the table', () => {
  const help = String(execFileSync(paths.node, ['--help']))
  const listed = [...help.slice(help.indexOf('\nEnvironment variables:')).matchAll(/^([A-Z][A-Z0-9_]{1,})/gm)]
    .map(([, name = '']) => name)
    .filter(name => name !== 'E')
  expect(listed).toContain('NODE_EXTRA_CA_CERTS')
  const known = new Set(FOREIGN_VARIABLES.map(({ name }) => name))
  expect(listed.filter(name => !known.has(name) && name.length > 1)).toEqual([])
})

describe('the courier', () => {
  test('has what leads to the API, and neither a key nor what would change Node.js', () => {
    const given = {
      ...Object.fromEntries(FOREIGN_VARIABLES.map(({ name }) => [name, name])),
      CRONITOR_API_KEY: 'secret',
      CRONITOR_DATABASE: 'secret',
      PGPASSWORD: 'secret',
      PGPASSFILE: 'secret',
      PATH: '/bin',
      https_proxy: 'a',
      http_proxy: 'b',
      no_proxy: 'c',
    }
    const names = Object.keys(courierVariables(given))
    expect(names).toEqual(expect.arrayContaining(['PATH', 'https_proxy', 'SSL_CERT_DIR', 'REQUEST_METHOD']))
    expect(names.filter(name => taken.includes(name) || /^(CRONITOR_|PG)/.test(name))).toEqual([])
  })
})
