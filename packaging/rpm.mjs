// Builds the RPM package.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ARCHITECTURES,
  DESCRIPTION,
  MAINTAINER,
  NAME,
  PACKAGE_VERSION,
  SUMMARY,
  sourceDate,
} from './package-facts.mjs'
import { FOLDERS, packagingFolder, scriptWithFunctions, stage, write } from './stage.mjs'

/**
 * @param {{ target: string, out: string, isFast: boolean }} options `out` is the folder of the package
 * @returns {Promise<string>} the name of the file
 */
export async function buildRpm({ target, out, isFast }) {
  const architecture = ARCHITECTURES[target].rpm
  const work = join(out, 'stage', `${NAME}-${architecture}-rpm`)
  const files = join(work, 'files')
  const paths = await stage(files, { target, zshFolder: 'share/zsh/site-functions' })
  const preset = `usr/lib/systemd/system-preset/80-${NAME}.preset`
  await write(files, preset, await readFile(join(packagingFolder, 'rpm/preset')))
  const spec = join(work, `${NAME}.spec`)
  await writeFile(spec, await specOf(files, [...paths, preset]))
  await mkdir(join(work, 'rpms'), { recursive: true })
  /** @type {Record<string, string>} */
  const macros = {
    _topdir: work,
    _rpmdir: join(work, 'rpms'),
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    _build_id_links: 'none',
    // After strip(1), the executable is the bare runtime, without the program.
    debug_package: '%{nil}',
    __os_install_post: '%{nil}',
    _binary_payload: isFast ? 'w1.gzdio' : 'w6.xzdio',
  }
  const defines = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`])
  execFileSync('rpmbuild', ['-bb', '--quiet', '--target', architecture, ...defines, spec], {
    env: { ...process.env, SOURCE_DATE_EPOCH: sourceDate() },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const file = `${NAME}-${PACKAGE_VERSION}-1.${architecture}.rpm`
  await rename(join(work, 'rpms', architecture, file), join(out, file))
  return file
}

/**
 * @param {string} files the folder with the files
 * @param {string[]} paths
 */
async function specOf(files, paths) {
  const scripts = await Promise.all(
    ['post', 'preun', 'postun'].map(async name => {
      const script = await scriptWithFunctions(`rpm/${name}`)
      return `%${name}\n${script.replaceAll('%', '%%')}`
    }),
  )
  const folders = [
    `%dir "/usr/lib/${NAME}"`,
    `%dir "/usr/share/doc/${NAME}"`,
    ...FOLDERS.map(([path, mode]) => `%dir %attr(0${mode.toString(8)}, root, root) "/${path}"`),
  ]
  return `Name: ${NAME}
Version: ${PACKAGE_VERSION}
Release: 1
Summary: ${SUMMARY.replace(/^./, first => first.toUpperCase())}
License: MIT and LGPL-2.0-or-later and Apache-2.0 and BSD-3-Clause
Packager: ${MAINTAINER}

%description
${DESCRIPTION}. The job keeps its exit status, its output and its surroundings.
What cannot be delivered is kept and sent later. The same program is a server to
which jobs can report instead. It needs no Node.js.

%install
mkdir -p "%{buildroot}"
cp -a "${files}/." "%{buildroot}"

${scripts.join('\n')}
%files
%defattr(-, root, root)
${[...folders, ...paths.map(path => `"/${path}"`)].join('\n')}
`
}
