// Kills 200 wrappers and 50 couriers with kill -9 at random moments, and prints the results: the tests of
// test/e2e/spool/kill.test.ts at their full length. It takes some minutes. KILL_SEED repeats the moments of an earlier run.
import { runWithReport } from './run-with-report.mjs'

runWithReport(['test/e2e/spool/kill.test.ts', '-t', 'at any moment'], {
  KILL_RUNS: '200',
  KILL_COURIERS: '50',
})
