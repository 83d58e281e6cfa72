// Kills `cronitor serve` 100 times with SIGKILL, at random moments under load, and prints the results. It runs the test of
// test/e2e/server/serve-kill.test.ts at full length, in some minutes. KILL_SEED repeats the moments of an earlier run; TEST_EXECUTABLE=build/linux-x64 kills the
// executable.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'kill-'))
const report = join(folder, 'report')
const words = ['run', '--project', 'e2e', 'test/e2e/server/serve-kill.test.ts', '-t', 'at any moment']
const { status } = spawnSync('npx', ['vitest', ...words], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { KILL_SERVERS: '100', ...process.env, KILL_REPORT: report },
  stdio: 'inherit',
})
try {
  process.stdout.write(readFileSync(report, 'utf8'))
} catch {
  // The test has failed before it wrote results.
}
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
