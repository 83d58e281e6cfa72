import { execFileSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

test('the build works in any folder, and so do the programs that it builds', async () => {
  const checkout = join(tempDir('build'), `it's "a folder" 100% #1 ü`)
  for (const part of ['bin', 'scripts', 'src', 'package.json', 'tsconfig.json', 'tsconfig.library.json']) {
    cpSync(join(paths.project, part), join(checkout, part), { recursive: true })
  }
  symlinkSync(join(paths.project, 'node_modules'), join(checkout, 'node_modules'))
  execFileSync(process.execPath, ['scripts/build.mjs'], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const name of ['cronitor', 'cronitor-exec']) {
    const { status, stdout, stderr } = await run([join(checkout, 'bin', name), '--version'])
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    expect(String(stdout)).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n$`))
  }
})
