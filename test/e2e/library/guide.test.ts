/** Each example of docs/library.md is run. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isExecutable, paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { apiForTest, reportingTo } from '../../support/wrapper.ts'

const guide = readFileSync(join(paths.project, 'docs/library.md'), 'utf8')
const examples = [...guide.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code)

/** What each prints, and the events that it sends. */
const EXPECTED: readonly (readonly [output: string, events: readonly string[]])[] = [
  ['', ['nightly-backup run', 'nightly-backup complete']],
  [
    expect.stringMatching(/^\S+ +\d+ .*\n\n$/),
    ['disk run', 'disk complete', 'report run', 'report complete'],
  ],
  ['killed\n', ['import run', 'import fail']],
  ['2\n', ['import-orders run', 'import-orders complete']],
  ['', ['queue-worker ok']],
  ['wrong monitor key: it contains white space\n', []],
]

describe.skipIf(isExecutable)('the guide', () => {
  test('has as many examples as are expected here', () => {
    expect(examples).toHaveLength(EXPECTED.length)
  })

  test.each(EXPECTED.map((expected, index) => [index, ...expected] as const))(
    'example %i does what it says',
    async (index, output, events) => {
      const api = await apiForTest()
      const folder = tempDir('guide')
      mkdirSync(join(folder, 'data'))
      const code = examples[index]?.replaceAll("'cronitor-exec'", `'${paths.project}/dist/library.js'`)
      writeFileSync(join(folder, 'example.mjs'), code ?? '')
      const env = reportingTo(api)
      const { status, stdout, stderr } = await run([paths.node, 'example.mjs'], { cwd: folder, env })
      expect([status, `${stdout}${stderr}`]).toEqual([0, output])
      expect(api.events().map(({ monitorKey, state }) => `${monitorKey} ${state}`)).toEqual(events)
    },
  )
})
