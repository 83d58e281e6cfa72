/** The monitor keys that the completions of a shell are offered, and the errors of `cronitor completions`. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { type RawFault, startRawServer } from '../../support/raw-server.ts'
import { paths, type RunResult, run } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const CRONTAB = `PATH=/usr/bin
0 2 * * * cronitor-exec nightly backup
@daily exec /opt/bin/cronitor-exec 'we$ird;' 'backup --full'
* * * * * cronitor ping beat --ok
* * * * * unmonitored
`

/** PATH with a crontab(1) that prints this. */
function withCrontab(text: string): string {
  const bin = join(tempDir('bin'), 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'tab'), text)
  writeFileSync(join(bin, 'crontab'), `#!/bin/sh\ncat '${bin}/tab'\n`, { mode: 0o755 })
  return `${bin}:/usr/bin:/bin`
}

function keys(env: Readonly<Record<string, string>>): Promise<RunResult> {
  return run([paths.bin.cronitor, 'completions', '--keys'], { env })
}

const said = ({ status, stdout, stderr }: RunResult) => ({
  status,
  stdout: String(stdout),
  stderr: String(stderr),
})

/** Of the crontab above. Root also has the system's crontabs. */
const OWN = ['nightly', 'we$ird;']

test('monitor keys come from the crontab and from the server that a setting names', async () => {
  const server = await serve()
  for (const key of ['from-server', 'nightly', 'ünï']) {
    await server.send('GET', `/ping/${KEY}/${encodeURIComponent(key)}?state=ok`)
  }
  const PATH = withCrontab(CRONTAB)
  // A server that does not answer while one waits for the Tab key, 300 ms, is left out: on a busy machine any server.
  const lines = await until('the server has answered in time', async () => {
    const env = { PATH, CRONITOR_TELEMETRY_URL: server.url, CRONITOR_API_KEY: KEY }
    const { status, stdout, stderr } = said(await keys(env))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const found = stdout.split('\n').slice(0, -1)
    return found.includes('from-server') && found
  })
  expect(lines).toEqual(expect.arrayContaining([...OWN, 'from-server', 'ünï']))
  expect(lines).toEqual([...new Set(lines)].toSorted())
})

test.each<RawFault>(['hang', 'reset', 'garbage', 'close'])(
  'a server with the fault "%s" takes no key away, and nothing is printed about it',
  async fault => {
    const server = await startRawServer(fault)
    onTestFinished(() => server.close())
    const PATH = withCrontab(CRONTAB)
    const result = said(await keys({ PATH, CRONITOR_TELEMETRY_URL: server.url, CRONITOR_API_KEY: KEY }))
    expect(result).toEqual(said(await keys({ PATH })))
    expect(result).toMatchObject({ status: 0, stderr: '' })
    expect(result.stdout.split('\n')).toEqual(expect.arrayContaining([...OWN]))
  },
)

test('wrong settings and a crontab(1) that fails are no reason for a word', async () => {
  const bin = tempDir('bin')
  writeFileSync(join(bin, 'crontab'), '#!/bin/sh\necho not allowed >&2; exit 1\n', { mode: 0o755 })
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    CRONITOR_TELEMETRY_URL: 'nonsense',
    CRONITOR_API_KEY_FILE: '/none',
  }
  expect(said(await keys(env))).toMatchObject({ status: 0, stderr: '' })
})

test.each([
  [['completions'], 'cronitor: no shell: give bash, zsh or fish; see cronitor completions --help\n'],
  [
    ['completions', 'tcsh'],
    "cronitor: no completions for 'tcsh': give bash, zsh or fish; see cronitor completions --help\n",
  ],
])('cronitor %j ends with one line and status 2', async (words, stderr) => {
  expect(said(await run([paths.bin.cronitor, ...words]))).toEqual({ status: 2, stdout: '', stderr })
})
