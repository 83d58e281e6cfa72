/** A wrong clock of the host, by faketime(1). */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'

const noFaketime = spawnSync('faketime', ['-f', '+100d', 'true']).status === 0 ? undefined : 'no faketime(1)'

async function monitorsOf(server: Served): Promise<string[]> {
  const { monitors } = (await (await server.send('GET', '/api/monitors')).json()) as {
    readonly monitors: readonly { readonly monitor: string; readonly last_event_at: string }[]
  }
  return monitors.map(({ monitor }) => monitor)
}

describe.skipIf(noFaketime !== undefined)(`the clock${noFaketime ? `: ${noFaketime}` : ''}`, () => {
  test.each(['+100d', '-30d'])('at %s, and right again, removes no history', async offset => {
    const dataDir = tempDir('data')
    const served = (program?: readonly string[]) =>
      serve(['--data-dir', dataDir, '--retain', '90d'], program && { program })
    const end = async (server: Served) => {
      // faketime(1) does not pass signals on.
      server.running.signalGroup('SIGTERM')
      await server.running.done
    }
    const first = await served()
    expect(await sendEvent(first, 'nightly', { state: 'run', series: 'a' })).toBe(200)
    expect(await sendEvent(first, 'nightly', { state: 'complete', series: 'a' })).toBe(200)
    await end(first)
    const wrong = await served(['faketime', '-f', offset, paths.node, join(paths.project, 'bin/cronitor.js')])
    expect(await sendEvent(wrong, 'weekly', { state: 'ok' })).toBe(200)
    expect(await monitorsOf(wrong)).toEqual(['nightly', 'weekly'])
    await end(wrong)
    const right = await served()
    expect(await monitorsOf(right)).toEqual(['nightly', 'weekly'])
    const { events } = (await (await right.send('GET', '/api/events?after=0')).json()) as {
      readonly events: readonly { readonly monitor: string; readonly time: string }[]
    }
    expect(events.map(({ monitor }) => monitor)).toEqual(['nightly', 'nightly', 'weekly'])
    // The clock was wrong indeed.
    const [before, , during] = events.map(({ time }) => Date.parse(time) / 86_400_000)
    expect(Math.round((during ?? 0) - (before ?? 0))).toBe(Number.parseInt(offset, 10))
  })
})
