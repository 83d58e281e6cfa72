/** A Node.js program that uses the library, in a process of its own. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths, type Running, type RunOptions, start } from './run.ts'
import { tempDir } from './temp.ts'

const LIBRARY = join(paths.project, 'dist/library.js')

/** Starts the program. It may use all that the library exports, and gets `note`, which prints a value as a line of JSON. */
export function startHost(program: string, env: RunOptions['env'] = {}): Running {
  const file = join(tempDir('host'), 'host.mjs')
  const text = `
    import * as library from '${LIBRARY}'
    const { run, ping, WrongArgumentError } = library
    const note = value => process.stdout.write(JSON.stringify(value) + '\\n')
    ${program}`
  writeFileSync(file, text)
  return start([paths.node, file], { env })
}

/** Runs it to its end, and returns what it has noted. It must end by itself, with status 0, and print no warning. */
export async function inHost(program: string, env: RunOptions['env'] = {}): Promise<unknown[]> {
  const { status, stdout, stderr } = await startHost(program, env).done
  if (status !== 0 || stderr.length > 0) throw new Error(`it ended with ${status}: ${stderr}`)
  return String(stdout)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}
