/** Gets cronie from Debian's archive, in a folder of its own: the package cannot be installed beside Debian's cron. */

import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { whyNoCron } from './real-cron.ts'
import { tempDir } from './temp.ts'

export type Cronie =
  | {
      readonly ok: true
      /** `crond` with the arguments that it needs. */
      readonly command: readonly string[]
      /** A folder to mount at /etc/pam.d. */
      readonly pam: string
    }
  | { readonly ok: false; readonly why: string }

/** The first Debian with cronie. On an older one, crond is run with that one's C library, by its dynamic loader. */
const RELEASE = 'trixie'

export function getCronie(): Cronie {
  const why = whyNoCron('/usr/bin/apt-get')
  if (why !== undefined) return { ok: false, why }
  const folder = tempDir('cronie')
  const site = archive()
  if (site === undefined) return { ok: false, why: 'apt knows no archive of Debian' }
  writeFileSync(join(folder, 'sources.list'), `deb ${site} ${RELEASE} main\n`)
  for (const name of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true })
  const options = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Acquire::http::Timeout': '10',
  }
  const apt = (...args: readonly string[]) =>
    spawnSync(
      'apt-get',
      [...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...args],
      {
        cwd: folder,
        stdio: 'ignore',
        timeout: 60_000,
      },
    ).status === 0
  if (!apt('update') || !apt('download', 'cronie', 'libc6')) {
    return { ok: false, why: `the packages of ${RELEASE} cannot be had` }
  }
  const root = join(folder, 'root')
  for (const name of readdirSync(folder).filter(each => each.endsWith('.deb'))) {
    spawnSync('dpkg', ['-x', name, root], { cwd: folder, stdio: 'ignore' })
  }
  const loaders = spawnSync('find', [join(root, 'usr'), '-name', 'ld-linux*.so.*'], { encoding: 'utf8' })
  const [loader = ''] = loaders.stdout.split('\n')
  const libraries = spawnSync('find', [join(root, 'usr'), '-name', 'libc.so.6', '-printf', '%h'], {
    encoding: 'utf8',
  })
  const crond = join(root, 'usr/sbin/crond')
  if (loader === '' || !existsSync(crond)) return { ok: false, why: 'the packages have no crond or loader' }
  // A process has the name of the file that is executed.
  copyFileSync(loader, join(folder, 'crond'))
  chmodSync(join(folder, 'crond'), 0o755)
  const pam = join(folder, 'pam.d')
  spawnSync('cp', ['-r', '/etc/pam.d', pam])
  copyFileSync(join(root, 'etc/pam.d/cronie'), join(pam, 'cronie'))
  const own = libraries.stdout.slice(root.length)
  const command = [join(folder, 'crond'), '--library-path', `${libraries.stdout}:${own}`, crond, '-n']
  return { ok: true, command, pam }
}

/** The first archive from which this system gets its packages. */
function archive(): string | undefined {
  const { stdout } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(SITE) $(COMPONENT)', 'Created-By: Packages', 'Origin: Debian'],
    { encoding: 'utf8' },
  )
  return stdout
    ?.split('\n')
    .find(line => line.endsWith(' main') && !line.includes('security'))
    ?.split(' ')[0]
}
