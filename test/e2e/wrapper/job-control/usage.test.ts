import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeJobControl } from '../../../support/job-control.ts'
import { MONITOR, startWrapped } from '../../../support/start-wrapper.ts'
import { tempDir } from '../../../support/temp.ts'
import { apiForTest } from '../../../support/wrapper.ts'

describeJobControl({ flags: ['--usage'] })

/** GNU time, which knows both figures exactly. */
const TIME = '/usr/bin/time'
const hasTime = existsSync(TIME) && existsSync('/proc/self/stat')

async function metricsOf(job: readonly string[], flags: readonly string[] = []) {
  const api = await apiForTest()
  const { stderr } = await startWrapped(api, job, { flags: ['--usage', ...flags] }).done
  const words = api.events(MONITOR).at(-1)?.params.getAll('metric') ?? []
  const metrics = Object.fromEntries(words.map(word => word.split(':') as [string, string]))
  return {
    metrics,
    cpu: Number(metrics.cpu_seconds),
    mib: Number(metrics.max_rss_mib),
    stderr: String(stderr),
  }
}

/** Programs for Perl, which all systems with these tests have. */
const USES_CPU = 'my $i = 0; while (times() < 1) { $i++ for 1..10000 }'
/** It keeps the memory so long that a wrapper with little time for itself sees it too. */
const USES_MEMORY = 'my $text = "x" x 150_000_000; select(undef, undef, undef, 4)'

test.skipIf(!hasTime).each([
  ['CPU time', ['perl', '-e', USES_CPU]],
  ['memory', ['perl', '-e', USES_MEMORY]],
  ['processes that the job waits for', ['sh', '-c', `perl -e '${USES_CPU}'; perl -e '${USES_MEMORY}'; :`]],
])('%s is that of GNU time (needs /usr/bin/time)', async (_, job) => {
  const file = join(tempDir('usage'), 'time')
  const { cpu, mib, stderr } = await metricsOf([TIME, '-o', file, '-f', '%U %S %M', ...job])
  expect(stderr).toBe('')
  const [user = 0, system = 0, kib = 0] = readFileSync(file, 'utf8').split(' ').map(Number)
  // Both count in hundredths of a second.
  expect(Math.abs(cpu - user - system)).toBeLessThanOrEqual(0.05 * (user + system) + 0.03)
  // The small programs around it have their share too.
  expect(Math.abs(mib - kib / 1024)).toBeLessThanOrEqual((0.05 * kib) / 1024 + 1)
})

test('the usage of all attempts is reported', async () => {
  const flags = ['--retries', '1', '--retry-delay', '0']
  const job = ['perl', '-e', `${USES_CPU.replace('< 1', '< 0.3')}; exit 1`]
  const { cpu } = await metricsOf(job, flags)
  expect(cpu).toBeGreaterThan(0.55)
})

test('a job that cannot be started has no usage', async () => {
  const { metrics } = await metricsOf(['/no/such/program'])
  expect(Object.keys(metrics)).toEqual(['duration'])
})
