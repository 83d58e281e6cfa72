/** What the built `cronitor serve` tells programs: /api, /metrics and /healthz, and whom. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { checked } from '../../support/validating-proxy.ts'
import { exec, reportingTo } from '../../support/wrapper.ts'

test('a run of the wrapper is in the events, the runs, the monitors and the metrics', async () => {
  const server = await serve(['--strict'])
  const get = async (path: string) => (await fetch(`${server.url}${path}`)).text()
  const waiting = get('/api/events?wait=60')
  await exec(['a/b', 'echo hello; exit 3'], reportingTo(await checked(server)))
  // A job as short as this may have ended by then, and both are there.
  expect(JSON.parse(await waiting).events[0]).toMatchObject({ id: 1, monitor: 'a/b', state: 'run' })
  expect(JSON.parse(await get('/api/events?after=1'))).toMatchObject({
    events: [{ id: 2, monitor: 'a/b', state: 'fail', status_code: 3, message: 'hello\nexit status 3' }],
    next: 2,
  })
  const run = { id: 1, monitor: 'a/b', state: 'failed', status_code: 3 }
  expect(JSON.parse(await get('/api/runs?changed_after=1'))).toMatchObject({ runs: [run], next: 2 })
  expect(JSON.parse(await get('/api/monitors/a%2Fb/runs'))).toMatchObject({ runs: [run], newest: 2 })
  expect(JSON.parse(await get('/api/monitors'))).toMatchObject({
    monitors: [{ monitor: 'a/b', state: 'failing', recent: [] }],
  })
  const metrics = await get('/metrics')
  expect(metrics).toContain('\ncronitor_events_total{monitor="a/b",state="fail"} 1\n')
  expect(metrics).toContain('\ncronitor_runs_total{monitor="a/b",state="failed"} 1\n')
  expect(metrics).toMatch(/\ncronitor_store_size_bytes [1-9]\d+\n/)
  expect(metrics).toMatch(/\ncronitor_build_info\{version="\d+\.\d+\.\d+"\} 1\n/)
  // The only one that its options ask for. Without other servers it has all of them.
  expect(metrics.match(/^cronitor_duty_held\b.*$/gm)).toEqual(['cronitor_duty_held{duty="prune"} 1'])
  expect(await get('/healthz')).toBe('ok\n')
})

test('with keys they are for those who have one, and /healthz is for all', async () => {
  const file = join(tempDir('keys'), 'keys')
  writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
  const server = await serve(['--api-key-file', file])
  const status = async (path: string, key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    return (await fetch(`${server.url}${path}`, { headers })).status
  }
  for (const path of ['/api/events', '/api/runs', '/api/monitors', '/metrics']) {
    expect(await status(path)).toBe(401)
    expect(await status(path, 'another-key')).toBe(401)
    expect(await status(path, KEY)).toBe(200)
  }
  expect(await status('/api/monitors/missing/runs')).toBe(401)
  expect(await status('/api/monitors/missing/runs', KEY)).toBe(404)
  expect(await status('/healthz')).toBe(200)
})
