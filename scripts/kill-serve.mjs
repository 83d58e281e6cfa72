// Kills `cronitor serve` 100 times with SIGKILL, at random moments under load, and prints the results. It runs the test of
// test/e2e/server/serve-kill.test.ts at full length, in some minutes. KILL_SEED repeats the moments of an earlier run; TEST_EXECUTABLE=build/linux-x64 kills the
// executable.
import { runWithReport } from './run-with-report.mjs'

runWithReport(['test/e2e/server/serve-kill.test.ts', '-t', 'at any moment'], { KILL_SERVERS: '100' })
