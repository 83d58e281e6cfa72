import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const project = join(import.meta.dirname, '../..')

test('the manual page names every metric', () => {
  const folder = join(project, 'src/server/api')
  const sources = readdirSync(folder).map(file => readFileSync(join(folder, file), 'utf8'))
  const metrics = [...sources.join('\n').matchAll(/name: '(cronitor_\w+)'/g)].map(([, name]) => name)
  expect(metrics).toContain('cronitor_monitor_failing')
  const manual = readFileSync(join(project, 'man/cronitor-serve.1'), 'utf8')
  expect(metrics.filter(name => !new RegExp(`\\b${name}\\b`).test(manual))).toEqual([])
})
