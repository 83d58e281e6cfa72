/** Before each test file: what the caller has set for programs in general reaches neither our code nor the programs of the tests. */

/** Variables for tests, for vitest's workers, and of any login. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|TERM|CI|UPDATE_DOCS|TEST_\w+|CAPTURE_DIR|CHECKED_TRAFFIC_DIR|KILL_\w+|DISK_FAULTS_\w+|VITEST\w*|NODE_ENV|TEST|PROD|DEV|SSR|MODE|BASE_URL)$/

for (const name of Object.keys(process.env)) {
  if (!KEPT.test(name)) delete process.env[name]
}

// Many a test puts its folder into a command line or an example as it is.
if (!/^[\w./-]*$/.test(process.env.TMPDIR ?? '')) process.env.TMPDIR = '/tmp'

process.umask(0o022)
