// Kills 200 wrappers and 50 couriers with kill -9 at random moments, and prints the results: the tests of
// test/e2e/spool/kill.test.ts at their full length. It takes some minutes. KILL_SEED repeats the moments of an earlier run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'kill-'))
const report = join(folder, 'report')
const args = ['run', '--project', 'e2e', 'test/e2e/spool/kill.test.ts', '-t', 'at any moment']
const { status } = spawnSync('npx', ['vitest', ...args], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { KILL_RUNS: '200', KILL_COURIERS: '50', ...process.env, KILL_REPORT: report },
  stdio: 'inherit',
})
try {
  process.stdout.write(readFileSync(report, 'utf8'))
} catch {
  // The tests failed before they wrote a report.
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
