// Builds the Debian package.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ARCHITECTURES,
  DESCRIPTION,
  MAINTAINER,
  NAME,
  OLDEST_GLIBC,
  PACKAGE_VERSION,
  SUMMARY,
  sourceDate,
} from './package-facts.mjs'
import { compressed, packagingFolder, scriptWithFunctions, stage, write } from './stage.mjs'

/** What Debian's policy asks for (12.5). */
const COMMON_LICENCES = `
On Debian systems, the texts of the GNU Library General Public License 2 and of the GNU Lesser General Public License 2.1 are
in /usr/share/common-licenses/LGPL-2 and /usr/share/common-licenses/LGPL-2.1, and that of the Apache License 2.0 is in
/usr/share/common-licenses/Apache-2.0.
`

/**
 * @param {{ target: string, out: string, isFast: boolean }} options `out` is the folder of the package
 * @returns {Promise<string>} the name of the file
 */
export async function buildDeb({ target, out, isFast }) {
  const architecture = ARCHITECTURES[target].debian
  const folder = join(out, 'stage', `${NAME}-${architecture}-deb`)
  const paths = await stage(folder, { target, zshFolder: 'share/zsh/vendor-completions' })
  const documents = `usr/share/doc/${NAME}`
  const copyright = await readFile(join(folder, documents, 'copyright'), 'utf8')
  await write(folder, `${documents}/copyright`, `${copyright}${COMMON_LICENCES}`)
  const added = [
    [`${documents}/changelog.gz`, compressed(changelog())],
    [`usr/share/lintian/overrides/${NAME}`, await readFile(join(packagingFolder, 'deb/lintian-overrides'))],
  ]
  for (const [path, bytes] of added) await write(folder, String(path), bytes)
  const { sizeKiB, sums } = await measure(folder, [...paths, ...added.map(([path]) => String(path))].sort())
  await write(folder, 'DEBIAN/control', control(architecture, sizeKiB))
  await write(folder, 'DEBIAN/md5sums', sums)
  for (const name of ['postinst', 'prerm', 'postrm']) {
    await write(folder, `DEBIAN/${name}`, await scriptWithFunctions(`deb/${name}`))
    await chmod(join(folder, 'DEBIAN', name), 0o755)
  }
  await mkdir(out, { recursive: true })
  const file = `${NAME}_${PACKAGE_VERSION}_${architecture}.deb`
  const compression = isFast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6']
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', folder, join(out, file)], {
    env: { ...process.env, SOURCE_DATE_EPOCH: sourceDate() },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return file
}

/**
 * @param {string} architecture
 * @param {number} sizeKiB
 */
function control(architecture, sizeKiB) {
  return `Package: ${NAME}
Version: ${PACKAGE_VERSION}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${sizeKiB}
Depends: libc6 (>= ${OLDEST_GLIBC})
Suggests: cron | cron-daemon
Section: admin
Priority: optional
Description: ${SUMMARY}
${folded(`${DESCRIPTION}. The job keeps its exit status, its output and its surroundings. What cannot be delivered is kept and sent later.`)}
 .
${folded('The same program is a server to which jobs can report instead. It needs no Node.js.')}
`
}

/**
 * Lines of at most 79 characters that begin with a space.
 *
 * @param {string} text
 */
function folded(text) {
  return text.replace(/(.{1,78})(?: |$)/g, ' $1\n').trimEnd()
}

/** In the form that Debian's tools read. The package has the changes themselves as CHANGELOG.md.gz. */
function changelog() {
  const date = new Date(Number(sourceDate()) * 1000).toUTCString().replace('GMT', '+0000')
  return `${NAME} (${PACKAGE_VERSION}) unstable; urgency=medium

  * All changes are in CHANGELOG.md.gz.

 -- ${MAINTAINER}  ${date}
`
}

/**
 * The sizes and checksums of the files, without links.
 *
 * @param {string} folder
 * @param {string[]} paths
 */
async function measure(folder, paths) {
  let bytes = 0
  const sums = []
  for (const path of paths) {
    if ((await lstat(join(folder, path))).isSymbolicLink()) continue
    const content = await readFile(join(folder, path))
    bytes += content.length
    sums.push(`${createHash('md5').update(content).digest('hex')}  ${path}\n`)
  }
  return { sizeKiB: Math.ceil(bytes / 1024), sums: sums.join('') }
}
