/** `cronitor serve --max-monitors`: a job with a date in its monitor key cannot fill the server. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { talkTo } from '../../support/smtp-client.ts'
import { tempDir } from '../../support/temp.ts'
import { cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

const statusOf = async (server: Served, monitor: string) =>
  (await server.send('GET', `/p/some-key/${monitor}${monitor.includes('?') ? '&' : '?'}state=ok`)).status

test('new monitors and new environments beyond the bound are refused, known ones are not', async () => {
  const server = await serve(['--max-monitors', '3'])
  expect(await statusOf(server, 'backup')).toBe(200)
  expect(await statusOf(server, 'backup?env=production')).toBe(200)
  expect(await statusOf(server, 'report')).toBe(200)
  for (const monitor of ['report-2026-11-28', 'report-2026-11-29', 'backup?env=staging']) {
    expect([monitor, await statusOf(server, monitor)]).toEqual([monitor, 403])
  }
  const refused = await server.send('POST', '/p/some-key/another?state=run')
  expect(await refused.json()).toEqual({ error: expect.stringContaining('--max-monitors') })
  for (const monitor of ['backup', 'backup?env=production', 'report']) {
    expect(await statusOf(server, monitor)).toBe(200)
  }
  // One warning for all of them.
  expect(linesOf(server.running.output().stderr)).toEqual([
    expect.stringMatching(
      /^cronitor: refused an event of the monitor report-2026-11-28 .*too_many_monitors\)$/,
    ),
  ])
  const metrics = await (await server.send('GET', '/metrics')).text()
  expect(metrics).toContain('cronitor_refusals_total{status="403",reason="too_many_monitors"} 4\n')
})

test('the wrapper warns, keeps the events and passes on the status of the job', async () => {
  const server = await serve(['--max-monitors', '1'])
  expect(await statusOf(server, 'backup')).toBe(200)
  const spool = join(tempDir('spool'), 'spool')
  const environment = reportingTo(server, { CRONITOR_SPOOL_DIR: spool })
  const { status, stderr } = await exec(['report-2026-11-28', 'sh', '-c', 'exit 7'], environment)
  expect(status).toBe(7)
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/HTTP status 403: .* no more monitors \(kept: /)])
  const listed = await cronitor(['spool', 'list', '--rejected'], environment)
  expect(String(listed.stdout).match(/report-2026-11-28/g)).toHaveLength(2)
})

test('a mail to a new monitor is refused for good', async () => {
  const server = await serve(['--json', '--max-monitors', '1', '--smtp-port', '0'])
  const [line = ''] = await server.printed(1)
  const { say, write, reply } = await talkTo(JSON.parse(line).listening_smtp)
  const mailTo = async (monitor: string) => {
    for (const command of ['EHLO me', 'MAIL FROM:<me@here>', `RCPT TO:<some-key+${monitor}@here>`, 'DATA']) {
      expect(await say(command)).toMatch(/^[23]/)
    }
    write('Subject: ok\r\n\r\n.\r\n')
    return await reply()
  }
  expect(await mailTo('backup')).toMatch(/^250 /)
  expect(await mailTo('another')).toMatch(/^550 5\.7\.1 .*--max-monitors/)
})

test('after a restart with a higher number there is room', async () => {
  const flags = ['--data-dir', join(tempDir('data'), 'data')]
  const first = await serve([...flags, '--max-monitors', '1'])
  expect([await statusOf(first, 'a'), await statusOf(first, 'b')]).toEqual([200, 403])
  first.running.signal('SIGTERM')
  await first.running.done
  const second = await serve([...flags, '--max-monitors', '2'])
  expect([await statusOf(second, 'b'), await statusOf(second, 'c'), await statusOf(second, 'a')]).toEqual([
    200, 403, 200,
  ])
})

test.each(['0', '-1', 'many', '1.5'])('--max-monitors %j is a usage error', async number => {
  const { status, stderr } = await cronitor(['serve', `--max-monitors=${number}`])
  expect([status, String(stderr)]).toEqual([
    2,
    expect.stringContaining('expected a whole number of 1 or more'),
  ])
})
