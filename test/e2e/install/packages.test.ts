/** The Debian and the RPM package as files. */

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { OLDEST_GLIBC } from '../../../packaging/package-facts.mjs'
import {
  buildPackages,
  builtPackage,
  hasProgram,
  packageIn,
  whyNoPackages,
} from '../../support/built-packages.ts'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

const why = whyNoPackages()
const whyNoRpm = why ?? (hasProgram('rpmbuild') ? undefined : 'there is no rpmbuild')
const told = (reason: string | undefined) => (reason ? ` (skipped: ${reason})` : '')
const missing = (program: string) => why ?? (hasProgram(program) ? undefined : `there is no ${program}`)

async function outputOf(...argv: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(argv, { timeoutMs: 170_000 })
  expect({ status, stderr: String(stderr) }, argv.join(' ')).toEqual({ status: 0, stderr: '' })
  return String(stdout)
}

test.skipIf(why !== undefined)(
  `two builds have the same bytes, whatever the umask is, and come with their checksums${told(why)}`,
  async () => {
    const formats = hasProgram('rpmbuild') ? (['deb', 'rpm'] as const) : (['deb'] as const)
    const folder = join(tempDir('packages'), 'in another place')
    // An archive says when it was made (ar(5)), and that is the date of all files in it.
    const date = readFileSync(await builtPackage('deb'))
      .toString('latin1', 24, 36)
      .trim()
    await buildPackages(folder, { formats, umask: '077', date })
    for (const format of formats) {
      const built = await builtPackage(format)
      const again = packageIn(folder, format) ?? ''
      expect(readFileSync(again).equals(readFileSync(built)), basename(again)).toBe(true)
    }
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8')
    expect(sums.trim().split('\n')).toHaveLength(formats.length)
    const checked = await run(['sha256sum', '--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder })
    expect(String(checked.stderr)).toBe('')
  },
)

const whyNoLintian = missing('lintian')
test.skipIf(whyNoLintian !== undefined)(
  `lintian finds neither an error nor a warning in the Debian package${told(whyNoLintian)}`,
  async () => {
    // It says so if it is run by root.
    const argv = ['lintian', '--allow-root', '--fail-on', 'error,warning', await builtPackage('deb')]
    expect(await outputOf(...argv)).toBe('')
  },
)

const whyNoReadelf = missing('readelf')
test.skipIf(whyNoReadelf !== undefined)(
  `the Debian package depends on the C library that the executable needs${told(whyNoReadelf)}`,
  async () => {
    const needed = await outputOf('readelf', '--wide', '--version-info', paths.bin.cronitor)
    const minors = [...needed.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
    expect(`2.${Math.max(...minors)}`).toBe(OLDEST_GLIBC)
    const libraries = await outputOf('readelf', '--wide', '--dynamic', paths.bin.cronitor)
    const names = [...libraries.matchAll(/Shared library: \[(.+)\]/g)].map(([, name]) => name)
    // All of them are in libc6.
    expect(names.filter(name => !/^(lib(c|pthread|dl|m)\.so|ld-linux-)/.test(name ?? ''))).toEqual([])
    const fields = await outputOf('dpkg-deb', '--field', await builtPackage('deb'), 'Depends')
    expect(fields).toBe(`libc6 (>= ${OLDEST_GLIBC})\n`)
  },
)

test.skipIf(whyNoRpm !== undefined)(
  `the RPM package has the files of the Debian package, with the same modes${told(whyNoRpm)}`,
  async () => {
    const listed = await outputOf(
      'rpm',
      '-qlp',
      '--qf',
      '[%{FILEMODES:perms} %{FILENAMES}\\n]',
      await builtPackage('rpm'),
    )
    const inRpm = listed
      .trim()
      .split('\n')
      .filter(line => line.includes(' '))
    const inDeb = (await outputOf('dpkg-deb', '--contents', await builtPackage('deb'))).trim().split('\n')
    const debLines = inDeb.map(line => {
      const [mode = '', , , , , path = ''] = line.split(/\s+/)
      return `${mode} ${path.replace(/^\./, '').replace(/\/$/, '')}`
    })
    const isCommon = (line: string) =>
      !/\/(lintian|zsh|system-preset)\/|changelog\.gz$/.test(line) &&
      !/^d.* \/?(etc|usr|var)?(\/[^/]+)*$/.test(line)
    expect(inRpm.filter(isCommon).toSorted()).toEqual(debLines.filter(isCommon).toSorted())
    for (const folder of ['drwx------ /var/spool/cronitor', 'drwxr-xr-x /etc/cronitor']) {
      expect(inRpm).toContain(folder)
      expect(debLines).toContain(folder)
    }
  },
)

const whyNoAnalyze = missing('systemd-analyze')
const UNITS = join(paths.project, 'packaging/systemd')

test.skipIf(whyNoAnalyze !== undefined)(
  `systemd accepts the units, and calls the services little exposed${told(whyNoAnalyze)}`,
  async () => {
    const names = ['cronitor-flush.service', 'cronitor-flush.timer', 'cronitor-serve.service']
    const files = names.map(name => join(UNITS, name))
    const verified = await run(['systemd-analyze', 'verify', '--man=no', ...files])
    const complaints = String(verified.stderr)
      .split('\n')
      .filter(line => line !== '' && !line.includes('/usr/lib/cronitor-exec/cronitor is not executable'))
    expect(complaints).toEqual([])
    for (const file of files.filter(each => each.endsWith('.service'))) {
      const { stdout } = await run(['systemd-analyze', 'security', '--offline=true', '--no-pager', file])
      const [, exposure] = /exposure level for \S+ ([\d.]+) /.exec(String(stdout)) ?? []
      expect(Number(exposure), String(stdout)).toBeLessThan(3)
    }
  },
)
