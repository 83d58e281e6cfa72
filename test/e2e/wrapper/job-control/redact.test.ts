/** --redact: what matches is in no message, log or spool, but the job's output is passed through as it is. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeJobControl } from '../../../support/job-control.ts'
import { paths } from '../../../support/run.ts'
import { openSandbox } from '../../../support/sandbox.ts'
import { tempDir } from '../../../support/temp.ts'

describeJobControl({
  flags: ['--redact', 'status [0-9]+', '--redact', 'SIG[A-Z]+'],
  cells: {
    failure: { seen: { events: ['run', 'fail 3: exit [redacted]'] } },
    'signal to the wrapper': { seen: { events: ['run', 'fail 143: killed by [redacted]'] } },
    'output closed early': { seen: { events: ['run', 'fail 141: killed by [redacted]'] } },
    terminal: { seen: { events: ['run', 'fail 130: killed by [redacted]'] } },
  },
})

const sandbox = await openSandbox('redact')
const SECRET = 'SECRET{deadbeef}'
const REDACT = ['--redact', 'SECRET\\{[a-z]*\\}']

/** The whole text of all files in a folder. */
function textIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

test.each([
  ['in one piece', `echo "a ${SECRET} b"`],
  ['in two chunks', `printf 'a SECRET{dead'; sleep 0.3; echo 'beef} b'`],
  ['with a colour inside', `printf 'a SECRET{dead\\033[31mbeef} b\\n'`],
  ['beyond 64 KiB', `head -c 65530 /dev/zero | tr '\\0' x; echo; echo "a ${SECRET} b"`],
])('a secret %s is passed through, and not reported', async (_name, script) => {
  const key = sandbox.newKey()
  const result = await sandbox.run([paths.bin.exec, ...REDACT, key, 'sh', '-c', script])
  expect(String(result.stdout).replace('\u001b[31m', '')).toContain(`a ${SECRET} b\n`)
  const message = sandbox.eventsOf(key)[1].params.get('message')
  expect(message).toMatch(/(^|\n|earlier\] )a \[redacted\] b$/)
  expect(message).not.toMatch(/dead|beef/)
})

test('nor is it in the spool, in the log, in the reason or in what the wrapper prints', async () => {
  const spool = join(tempDir('redact-spool'), 'spool')
  const log = join(sandbox.home, 'log')
  const flags = [...REDACT, '--fail-if', 'dead', '--verbose', '--log', log, '--deliver-within', '0s']
  const env = { CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:9', CRONITOR_SPOOL_DIR: spool }
  const argv = [paths.bin.exec, ...flags, '--retries', '1', '--retry-delay', '0s']
  const result = await sandbox.run([...argv, sandbox.newKey(), 'echo', `a ${SECRET}`], { env })
  expect(String(result.stdout)).toBe(`a ${SECRET}\n`.repeat(2))
  expect(String(result.stderr)).toContain('attempt 1 of 2 failed: matched --fail-if: a [redacted]')
  const kept = textIn(spool)
  expect(kept).toContain('matched --fail-if: a [redacted]')
  expect(readFileSync(log, 'utf8')).toContain('matched --fail-if: a [redacted]')
  expect(kept + readFileSync(log, 'utf8') + result.stderr).not.toMatch(/dead(?!line)|beef/)
})

test('a wrong expression in a file: the output is not reported', async () => {
  const key = sandbox.newKey()
  const config = join(sandbox.home, 'jobs.json')
  const jobs = { [key]: { redact: 'SECRET(', 'fail-if': 'a' } }
  writeFileSync(config, JSON.stringify({ jobs }), { mode: 0o600 })
  const result = await sandbox.run([paths.bin.exec, '--config', config, key, 'echo', `a ${SECRET}`])
  expect(String(result.stderr)).toBe(
    `cronitor-exec: redact of ${key} in ${config}: wrong regular expression: missing closing ); going on without the output in the report\n`,
  )
  expect(sandbox.eventsOf(key)[1].params.get('message')).toBe('matched --fail-if')
})
