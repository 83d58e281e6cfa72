// Kills one of three servers 50 times, their database 10 times, and lets it fail over to its standby 5 times, under load, and
// prints the results. It runs the test of test/e2e/server/postgres/kills.test.ts at full length, in a quarter of an hour.
// KILL_SEED repeats the moments of an earlier run; TEST_POSTGRES names the programs of another PostgreSQL.
import { runWithReport } from './run-with-report.mjs'

runWithReport(['test/e2e/server/postgres/kills.test.ts'], {
  KILL_SERVERS: '50',
  KILL_DATABASES: '10',
  KILL_FAILOVERS: '5',
})
