// Builds the archive: the files of an installation, and install.sh, which installs them anywhere.
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CRONITOR_LINK, contentsOf, PROGRAM_FOLDER } from './contents.mjs'
import { NAME, sourceDate, VERSION } from './package-facts.mjs'
import { packagingFolder } from './stage.mjs'

/**
 * @param {{ target: string, out: string, isFast: boolean }} options `out` is the folder of the archive
 * @returns {Promise<string>} the name of the file
 */
export async function buildArchive({ target, out, isFast }) {
  const name = `${NAME}-${VERSION}-${target}`
  const parent = join(out, 'stage', `${target}-archive`)
  const folder = join(parent, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const installer = {
    path: `${PROGRAM_FOLDER}/install.sh`,
    mode: 0o755,
    file: join(packagingFolder, 'install.sh'),
  }
  const contents = [...(await contentsOf({ target })), installer, CRONITOR_LINK]
  const lines = []
  for (const content of contents) {
    if ('link' in content) {
      lines.push(`link ${content.link} ${content.path}\n`)
      continue
    }
    const bytes = 'text' in content ? content.text : await readFile(content.file)
    await mkdir(join(folder, dirname(content.path)), { recursive: true })
    await writeFile(join(folder, content.path), bytes)
    await chmod(join(folder, content.path), content.mode)
    lines.push(`file ${content.mode.toString(8)} ${content.path}\n`)
  }
  await writeFile(join(folder, 'contents'), lines.join(''))
  await writeFile(join(folder, 'target'), `${target}\n`)
  await copyFile(installer.file, join(folder, 'install.sh'))
  // It can also be run from here, without installing it.
  await symlink(`${PROGRAM_FOLDER}/cronitor-exec`, join(folder, 'cronitor-exec'))
  await symlink(`${PROGRAM_FOLDER}/cronitor`, join(folder, 'cronitor'))
  const file = `${name}.tar.gz`
  const tar = join(parent, `${name}.tar`)
  const same = [
    '--sort=name',
    `--mtime=@${sourceDate()}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=ustar',
  ]
  execFileSync('tar', [...same, '--mode=u=rwX,go=rX', '-C', parent, '-cf', tar, name])
  await writeFile(join(out, file), gzipSync(await readFile(tar), { level: isFast ? 1 : 9 }))
  await rm(parent, { recursive: true, force: true })
  return file
}
