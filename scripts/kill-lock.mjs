// Lets 50 runs want one lock, 20 times, while processes that hold it are killed at random, and prints the results. It runs
// test/e2e/wrapper/job-control/lock-contention.test.ts at full length, in some minutes. KILL_SEED repeats the choices of an earlier
// run; TEST_EXECUTABLE=build/linux-x64 tests the executable.
import { runWithReport } from './run-with-report.mjs'

runWithReport(['test/e2e/wrapper/job-control/lock-contention.test.ts', ...process.argv.slice(2)], {
  KILL_LOCK_RUNS: '50',
  KILL_LOCK_ROUNDS: '20',
})
