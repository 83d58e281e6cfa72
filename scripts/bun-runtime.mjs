// Fetches Bun, which the executable contains, from the npm registry, and checks that it is the package that was tested.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export const BUN_VERSION = '1.4.5'

/**
 * The package for each target, and the checksum of its archive as the registry gives it (`dist.integrity`). The package for
 * older processors, bun-linux-x64-baseline, contains the same program as bun-linux-x64 (its README.md).
 *
 * @satisfies {Record<string, { name: string, integrity: string }>}
 */
const RUNTIMES = {
  'linux-x64': {
    name: '@oven/bun-linux-x64',
    integrity:
      'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  },
  'linux-x64-musl': {
    name: '@oven/bun-linux-x64-musl',
    integrity:
      'sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==',
  },
  'linux-arm64': {
    name: '@oven/bun-linux-aarch64',
    integrity:
      'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  },
  'linux-arm64-musl': {
    name: '@oven/bun-linux-aarch64-musl',
    integrity:
      'sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==',
  },
  'darwin-arm64': {
    name: '@oven/bun-darwin-aarch64',
    integrity:
      'sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
  },
  'darwin-x64': {
    name: '@oven/bun-darwin-x64',
    integrity:
      'sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==',
  },
}

/** @typedef {keyof typeof RUNTIMES} Target */

export const TARGETS = /** @type {Target[]} */ (Object.keys(RUNTIMES))

/**
 * Throws for a name that is no target.
 *
 * @param {string} name
 */
export function targetNamed(name) {
  const target = TARGETS.find(each => each === name)
  if (target === undefined) throw new Error(`there is no target ${name}; there are ${TARGETS.join(', ')}`)
  return target
}

/** The target that runs on this machine. */
export function hostTarget() {
  // musl has no version of glibc.
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  const isMusl = process.platform === 'linux' && header.glibcVersionRuntime === undefined
  return targetNamed(`${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`)
}

/**
 * The path of Bun for a target. `folder` keeps it for the next build.
 *
 * @param {Target} target
 * @param {string} folder
 */
export async function bunFor(target, folder) {
  const { name, integrity } = RUNTIMES[target]
  const kept = join(folder, `${target}-${BUN_VERSION}`)
  const bun = join(kept, 'package/bin/bun')
  if (existsSync(bun)) return bun
  const unpacked = `${kept}.new`
  await rm(unpacked, { recursive: true, force: true })
  await mkdir(unpacked, { recursive: true })
  const packed = execFileSync('npm', ['pack', '--silent', `${name}@${BUN_VERSION}`], {
    cwd: unpacked,
    encoding: 'utf8',
  }).trim()
  const archive = join(unpacked, packed)
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')
  if (`sha512-${digest}` !== integrity)
    throw new Error(`${name}@${BUN_VERSION} has another checksum than expected: sha512-${digest}`)
  execFileSync('tar', ['-xzf', packed], { cwd: unpacked })
  await rm(archive)
  await rename(unpacked, kept)
  return bun
}
