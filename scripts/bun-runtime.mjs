// Fetches Bun, which the executable contains, from the npm registry, and checks that it is the package that was tested.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export const BUN_VERSION = '1.4.5'

/**
 * The package of each target, and the checksum of its archive as the registry gives it (`dist.integrity`).
 *
 * @type {Readonly<Record<string, { name: string, integrity: string }>>}
 */
export const RUNTIMES = {
  'linux-x64': {
    name: '@oven/bun-linux-x64',
    integrity:
      'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  },
}

/**
 * The path of Bun for `target`, in a folder that keeps it.
 *
 * @param {string} target
 * @param {string} folder
 */
export async function bunFor(target, folder) {
  const runtime = RUNTIMES[target]
  if (runtime === undefined)
    throw new Error(`there is no target ${target}: ${Object.keys(RUNTIMES).join(', ')}`)
  const kept = join(folder, `${target}-${BUN_VERSION}`)
  const bun = join(kept, 'package/bin/bun')
  if (existsSync(bun)) return bun
  const unpacked = `${kept}.new`
  await rm(unpacked, { recursive: true, force: true })
  await mkdir(unpacked, { recursive: true })
  const packed = execFileSync('npm', ['pack', '--silent', `${runtime.name}@${BUN_VERSION}`], {
    cwd: unpacked,
    encoding: 'utf8',
  }).trim()
  const archive = join(unpacked, packed)
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')
  if (`sha512-${digest}` !== runtime.integrity)
    throw new Error(`${runtime.name}@${BUN_VERSION} has another checksum than expected: sha512-${digest}`)
  execFileSync('tar', ['-xzf', packed], { cwd: unpacked })
  await rm(archive)
  await rename(unpacked, kept)
  return bun
}
