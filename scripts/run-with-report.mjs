// Runs tests with vitest, and prints the report that they write to the file in KILL_REPORT.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Sets the exit status of this process.
 *
 * @param {string[]} words the arguments of `vitest run --project e2e`
 * @param {Readonly<Record<string, string>>} defaults variables, unless they are set
 */
export function runWithReport(words, defaults) {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'))
  const report = join(folder, 'report')
  const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'e2e', ...words], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...defaults, ...process.env, KILL_REPORT: report },
    stdio: 'inherit',
  })
  try {
    process.stdout.write(readFileSync(report, 'utf8'))
  } catch {
    // The tests have failed before they wrote a report.
  }
  rmSync(folder, { recursive: true })
  process.exitCode = status ?? 1
}
