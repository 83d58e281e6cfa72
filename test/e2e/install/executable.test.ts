/** The build of the executable. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isExecutable, paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

test.skipIf(!isExecutable)(
  `two builds have the same bytes, and each comes with its checksum and licences${isExecutable ? '' : ' (skipped: npm run test:executable runs it)'}`,
  async () => {
    const folders = [tempDir('first'), join(tempDir('second'), 'in another place')]
    for (const folder of folders) {
      const script = join(paths.project, 'scripts/build-executable.mjs')
      const argv = [paths.node, script, '--target', 'linux-x64', '--out', folder]
      // npm, which fetches the runtime, needs its own settings.
      const { status, stderr } = await run(argv, { env: { ...process.env } })
      expect([status, String(stderr)]).toEqual([0, ''])
      expect(readdirSync(join(folder, 'linux-x64')).sort()).toEqual([
        'LICENSE',
        'THIRD-PARTY-LICENSES.txt',
        'cronitor',
        'cronitor-exec',
      ])
      const checked = await run(['sha256sum', '--check', '--strict', 'SHA256SUMS'], { cwd: folder })
      expect([checked.status, String(checked.stdout)]).toEqual([
        0,
        expect.stringContaining('linux-x64/cronitor: OK\n'),
      ])
    }
    const [first, second] = folders.map(folder => readFileSync(join(folder, 'linux-x64/cronitor')))
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true)
    const licences = readFileSync(join(folders[0] ?? '', 'linux-x64/THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const part of ['commander', 'execa', 'Bun', 'JavaScriptCore']) expect(licences).toContain(part)
  },
)

test.skipIf(!isExecutable)(
  `what is called cronitor-exec is the wrapper, and cronitor has all commands${isExecutable ? '' : ' (skipped: launcher.test.ts tests bin/)'}`,
  async () => {
    const helpOf = async (program: string) => String((await run([program, '--help'])).stdout)
    expect(await helpOf(paths.bin.exec)).toMatch(/^Usage: cronitor-exec /)
    expect(await helpOf(paths.bin.cronitor)).toMatch(/^Usage: cronitor \[options\] <command>/)
  },
)
