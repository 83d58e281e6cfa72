/** The installation in a folder of the test's own, so that what runs keep in it is this test's alone. */

import { chmodSync, cpSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from './run.ts'
import { tempDir } from './temp.ts'

/** As npm lays it out, without the compiled code that runs of the checkout have left; all may read it. */
export function installationInto(into = join(tempDir('installation'), 'cronitor-exec')): string {
  for (const part of ['bin', 'dist', 'package.json']) {
    const code = join(paths.project, 'dist/code')
    cpSync(join(paths.project, part), join(into, part), { recursive: true, filter: from => from !== code })
  }
  // Whatever the umask of the checkout was: compiled code is not used if others can write to its folder.
  for (const entry of readdirSync(into, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    chmodSync(path, entry.isDirectory() || entry.parentPath.endsWith('/bin') ? 0o755 : 0o644)
  }
  chmodSync(into, 0o755)
  return into
}

/**
 * A program that is called as Node.js is, and becomes the one under test, under its own name. `script` is run by bash
 * first, and may put options into the array `options`.
 */
export function nodeThrough(folder: string, script: string): string {
  const node = join(folder, 'node')
  const text = `#!/bin/bash\noptions=()\n${script}\nexec -a "$0" '${paths.node}' "\${options[@]}" "$@"\n`
  writeFileSync(node, text, { mode: 0o755 })
  return node
}
