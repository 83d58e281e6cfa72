// Lets 50 runs want one lock, 20 times, while processes that hold it are killed at random, and prints the results. It runs
// test/e2e/wrapper/job-control/lock-contention.test.ts at full length, in some minutes. KILL_SEED repeats the choices of an earlier
// run; TEST_EXECUTABLE=build/linux-x64 tests the executable.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'kill-'))
const report = join(folder, 'report')
const words = ['run', '--project', 'e2e', 'test/e2e/wrapper/job-control/lock-contention.test.ts']
const { status } = spawnSync('npx', ['vitest', ...words, ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { KILL_LOCK_RUNS: '50', KILL_LOCK_ROUNDS: '20', ...process.env, KILL_REPORT: report },
  stdio: 'inherit',
})
try {
  process.stdout.write(readFileSync(report, 'utf8'))
} catch {
  // The test has failed before it wrote results.
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
