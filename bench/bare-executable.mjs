// The runtime of the executable with a script of a few lines: what the executable cannot undercut.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUN_VERSION, hostTarget } from '../scripts/bun-runtime.mjs'
import { copyTrusting } from './certificates.mjs'

const SPAWN = `import { spawn } from 'node:child_process'
`

const SCRIPTS = {
  /** Arguments: the job. */
  'bare-executable': `${SPAWN}
const [, , file, ...words] = process.argv
spawn(file, words, { stdio: 'inherit' })`,
  /** Arguments: the address of the events, and the job. */
  'bound-executable': `${SPAWN}
const [, , address, file, ...words] = process.argv
const child = spawn(file, words, { stdio: 'inherit' })
const send = async state => await (await fetch(address + '?state=' + state)).arrayBuffer()
const sent = send('run')
child.on('exit', async () => {
  await sent
  await send('complete')
  process.exit()
})`,
}

/**
 * The path of such a program, built as scripts/build-executable.mjs builds; it trusts the bench's authority. Undefined if the
 * executable was not built in `project`.
 *
 * @param {keyof typeof SCRIPTS} name
 */
export function bareExecutable(name, folder, project) {
  const bun = join(project, 'build/runtimes', `${hostTarget()}-${BUN_VERSION}`, 'package/bin/bun')
  if (!existsSync(bun)) return undefined
  const place = join(folder, name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'script.mjs'), SCRIPTS[name])
  const flags = ['--compile', `--compile-executable-path=${bun}`, '--bytecode', '--format=esm']
  const more = ['--compile-jit-policy=20', '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig']
  const { status } = spawnSync(bun, ['build', ...flags, ...more, './script.mjs', '--outfile', 'built'], {
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`bun build ended with status ${status}`)
  const program = join(place, name)
  copyTrusting(folder, join(place, 'built'), program)
  return program
}
