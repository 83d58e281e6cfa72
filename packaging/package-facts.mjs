// What the Debian and the RPM package say about themselves.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { packagingFolder } from './stage.mjs'

const { version, author, description } = JSON.parse(
  readFileSync(`${packagingFolder}/../package.json`, 'utf8'),
)

export const NAME = 'cronitor-exec'

/** As package.json has it. */
export const VERSION = /** @type {string} */ (version)

/** In both kinds of packages, `~` sorts a pre-release before its release. */
export const PACKAGE_VERSION = VERSION.replace('-', '~')

export const MAINTAINER = /** @type {string} */ (
  author ?? 'cronitor-exec contributors <cronitor-exec@localhost>'
)

export const SUMMARY = 'job wrapper for crontabs that reports to the Cronitor API'

export const DESCRIPTION = /** @type {string} */ (description)

/** The oldest GNU C library that the executable runs with. test/e2e/install/packages.test.ts compares it with the executable. */
export const OLDEST_GLIBC = '2.17'

/**
 * The names of processors that the distributions use.
 *
 * @type {Readonly<Record<string, { debian: string, rpm: string }>>}
 */
export const ARCHITECTURES = {
  'linux-x64': { debian: 'amd64', rpm: 'x86_64' },
  'linux-arm64': { debian: 'arm64', rpm: 'aarch64' },
}

/**
 * Seconds since 1970, for all dates in the packages: of SOURCE_DATE_EPOCH, or of the last commit.
 *
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given !== undefined && given !== '') return given
  const shown = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: packagingFolder, encoding: 'utf8' })
  return shown.trim()
}
