/** The npm package and the executable have different builds of SQLite. Each continues with the database of the other. */

import { expect, test } from 'vitest'
import { isExecutable, paths } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'

const npm = `${paths.project}/bin/cronitor`
const executable = paths.bin.cronitor

const runsOf = async (server: Served) => {
  const { runs } = (await (await server.send('GET', '/api/runs')).json()) as { runs: object[] }
  return runs
}

test.skipIf(!isExecutable).each([
  ['stopped', 'SIGTERM'],
  // What was committed last is then in the log alone.
  ['killed', 'SIGKILL'],
] as const)(
  'each form of the program continues with what the other has stored until it was %s',
  async (_, signal) => {
    const dataDir = tempDir('data')
    let before: object[] = []
    for (const [turn, program] of [npm, executable, npm, executable].entries()) {
      const server = await serve(['--data-dir', dataDir], { program: [program] })
      expect(await runsOf(server)).toEqual(before)
      // The end of the run that the other one has stored.
      if (turn > 0)
        expect(await sendEvent(server, 'job', { state: 'complete', series: `s${turn - 1}` })).toBe(200)
      expect(
        await sendEvent(server, 'job', { state: 'run', series: `s${turn}`, message: 'é\u{1f600}' }),
      ).toBe(200)
      before = await runsOf(server)
      expect(before).toHaveLength(turn + 1)
      server.running.signal(signal)
      await server.running.done
    }
    expect(before).toMatchObject([
      { series: 's3', state: 'running' },
      ...['s2', 's1', 's0'].map(series => ({ series, state: 'complete' })),
    ])
  },
)
