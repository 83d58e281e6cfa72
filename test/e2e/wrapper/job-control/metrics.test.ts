/** Metrics from the file CRONITOR_METRICS, and from the output with --metric-from. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeJobControl } from '../../../support/job-control.ts'
import { paths } from '../../../support/run.ts'
import { openSandbox } from '../../../support/sandbox.ts'

describeJobControl({ flags: ['--metric-from', '(?P<name>[a-z]+) (?P<value>[0-9]+)'] })

const sandbox = await openSandbox('metrics')
const temporary = join(sandbox.home, 'tmp')
mkdirSync(temporary)

async function metricsOf(script: string, flags: readonly string[] = [], env = {}) {
  const key = sandbox.newKey()
  const argv = [paths.bin.exec, ...flags, key, 'sh', '-c', script]
  const result = await sandbox.run(argv, { env: { TMPDIR: temporary, ...env } })
  const metrics = sandbox.eventsOf(key)[1].params.getAll('metric')
  expect(metrics[0]).toMatch(/^duration:\d/)
  return { metrics: metrics.slice(1), stderr: String(result.stderr), stdout: String(result.stdout) }
}

test('a job appends metrics to the file, without any option; nothing of it is left', async () => {
  const script =
    'echo rows=1 >>"$CRONITOR_METRICS"; printf "# note\\n\\nrows=2\\r\\nsize = 1.5e3" >>"$CRONITOR_METRICS"'
  expect(await metricsOf(script)).toEqual({ metrics: ['rows:2', 'size:1500'], stderr: '', stdout: '' })
  expect(readdirSync(temporary)).toEqual([])
})

test('the file is in a folder that only the user may enter', async () => {
  const { stdout } = await metricsOf(
    'stat -c %a "${CRONITOR_METRICS%/*}"; [ ! -e "$CRONITOR_METRICS" ] && echo none',
  )
  expect(stdout).toBe('700\nnone\n')
  expect(readdirSync(temporary)).toEqual([])
})

test('a wrong line gives one warning', async () => {
  expect(await metricsOf('echo a b >>"$CRONITOR_METRICS"; echo a=1 >>"$CRONITOR_METRICS"')).toEqual({
    metrics: ['a:1'],
    stderr: 'cronitor-exec: CRONITOR_METRICS, line 1: "a b" is not NAME=VALUE\n',
    stdout: '',
  })
})

test.each([
  ['mkfifo "$CRONITOR_METRICS"', 'is not a regular file'],
  ['ln -s /etc/passwd "$CRONITOR_METRICS"', 'is a symbolic link'],
  ['truncate -s 1T "$CRONITOR_METRICS"', 'is larger than 1048576 bytes'],
])('%s: one warning', async (script, problem) => {
  const { metrics, stderr } = await metricsOf(script)
  expect(metrics).toEqual([])
  expect(stderr).toBe(`cronitor-exec: CRONITOR_METRICS: the file ${problem}; its metrics are not reported\n`)
  expect(readdirSync(temporary)).toEqual([])
})

test('without room for the file, the job runs without the variable, also inside another run', async () => {
  const script = 'echo "${CRONITOR_METRICS-unset}"'
  expect(await metricsOf(script, [], { TMPDIR: '/proc/none', CRONITOR_METRICS: '/outer' })).toEqual({
    metrics: [],
    stderr: '',
    stdout: 'unset\n',
  })
})

test('a run inside of a run has a file of its own', async () => {
  const inner = `'${paths.bin.exec}' --no-spool inner sh -c 'echo a=1 >>"$CRONITOR_METRICS"'`
  expect((await metricsOf(`${inner}; echo b=2 >>"$CRONITOR_METRICS"`)).metrics).toEqual(['b:2'])
})

test('metrics from lines of the output; the file has precedence', async () => {
  const flags = ['--metric-from', '(?P<name>\\w+)=(?P<value>[0-9.]+)']
  const script = 'echo "done: rows=12 files=3"; echo rows=13 >&2; echo files=9 >>"$CRONITOR_METRICS"'
  const { metrics, stdout } = await metricsOf(script, flags)
  expect(metrics.toSorted()).toEqual(['files:9', 'rows:13'])
  expect(stdout).toBe('done: rows=12 files=3\n')
})

test('with retries, the values of the last attempt are reported', async () => {
  const flags = ['--retries', '1', '--retry-delay', '0s', '--metric-from', '(?P<name>n)=(?P<value>.*)']
  const script = '[ -e second ] && echo n=2 >&2 || { touch second; echo n=1 >&2; exit 1; }'
  expect(existsSync(join(sandbox.home, 'second'))).toBe(false)
  const { metrics } = await metricsOf(script, flags)
  expect(metrics).toEqual(['n:2'])
})
