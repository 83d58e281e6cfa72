// The library of the package: what its module exports, and the declarations of its types.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The files of src/library/ whose exports are public. No other file may be needed to read their types. */
const PUBLIC = ['options', 'results', 'wrong-argument-error', 'run', 'ping']

/**
 * An entry for esbuild.
 *
 * @param {string} root
 */
export function librarySource(root) {
  const contents = PUBLIC.map(name => `export * from './${name}.ts'`).join('\n')
  return { contents, resolveDir: join(root, 'src/library'), sourcefile: 'library.ts' }
}

/**
 * The declarations as one file, so that they do not depend on how the user's compiler finds others.
 *
 * @param {string} root
 */
export async function libraryTypes(root) {
  const folder = await mkdtemp(join(tmpdir(), 'cronitor-library-'))
  try {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const args = [compiler, '-p', join(root, 'tsconfig.library.json'), '--outDir', folder]
    await promisify(execFile)(process.execPath, args, { cwd: root }).catch(({ stdout }) => {
      throw new Error(`the types of the library cannot be written:\n${stdout}`)
    })
    const texts = PUBLIC.map(name => readFile(join(folder, 'library', `${name}.d.ts`), 'utf8'))
    return { path: 'library.d.ts', contents: joined(await Promise.all(texts)) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @param {string[]} texts */
function joined(texts) {
  const own = /^import type .* from '\.\/[\w-]+\.ts';\n/gm
  return ['/// <reference types="node" />\n', ...texts.map(text => text.replace(own, ''))].join('')
}
