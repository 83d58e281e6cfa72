/** The packages around the executable that is tested. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isExecutable, paths, run } from './run.ts'

/** Why there are none; undefined if they can be built. */
export function whyNoPackages(): string | undefined {
  if (!isExecutable) return 'TEST_EXECUTABLE does not name an executable'
  return hasProgram('dpkg-deb') ? undefined : 'there is no dpkg-deb'
}

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
}

const FOLDER = join(paths.project, 'build/packages')

/** A script that `npm run build:packages` runs, with little compression. It leaves out what this machine cannot build. */
export async function buildPackages(
  folder: string,
  {
    formats,
    umask = '022',
    date,
  }: { readonly formats: readonly string[]; readonly umask?: string; readonly date?: string },
): Promise<void> {
  const program = join(paths.project, 'packaging/build.mjs')
  const options = ['--fast', '--out', folder, ...formats.flatMap(format => ['--format', format])]
  const script = `umask ${umask} && exec "$@"`
  const argv = ['/bin/sh', '-c', script, 'sh', process.execPath, program, ...options]
  const { status, stderr } = await run(argv, {
    env: { ...process.env, ...(date !== undefined && { SOURCE_DATE_EPOCH: date }) },
    cwd: paths.project,
    timeoutMs: 170_000,
  })
  if (status !== 0) throw new Error(`packaging/build.mjs ended with status ${status}: ${stderr}`)
}

/** Those in build/packages, which are built if they are missing or older than what they are made of. */
export async function builtPackage(format: 'deb' | 'rpm'): Promise<string> {
  const built = packageIn(FOLDER, format)
  if (built !== undefined && statSync(built).mtimeMs > newestSource()) return built
  await buildPackages(FOLDER, { formats: hasProgram('rpmbuild') ? ['deb', 'rpm'] : ['deb'] })
  return packageIn(FOLDER, format) ?? ''
}

function newestSource(): number {
  const folders = ['packaging', 'packaging/deb', 'packaging/rpm', 'packaging/systemd', 'man'].flatMap(
    folder => readdirSync(join(paths.project, folder)).map(name => join(paths.project, folder, name)),
  )
  const files = [...folders, paths.bin.cronitor, join(paths.project, 'CHANGELOG.md')]
  return Math.max(...files.map(file => statSync(file).mtimeMs))
}

export function packageIn(folder: string, format: 'deb' | 'rpm'): string | undefined {
  const isIt = (name: string) => name.endsWith(`.${format}`) && /amd64|x86_64|arm64|aarch64/.test(name)
  const found = existsSync(folder) ? readdirSync(folder).find(isIt) : undefined
  return found === undefined ? undefined : join(folder, found)
}
