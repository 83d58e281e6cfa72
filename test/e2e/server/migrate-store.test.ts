/** `cronitor serve --migrate-from`, as it is run. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connectionTo, dataFolder, targetDatabase } from '../../server/store/copy/support.ts'
import { event, every, NOW, recordAll } from '../../server/store/support.ts'
import { emptySchema } from '../../support/postgres.ts'
import '../../support/needs-postgres.ts'
import { paths, run, start } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'

const RUNS = 200

const filled = () =>
  dataFolder(async store => {
    await store.expect([{ monitorKey: 'late', rule: every(1000) }])
    await store.judgeHealth(NOW + 10_000)
    const events = Array.from({ length: RUNS }, (_, at) => [
      event('run', at, { series: `s${at}` }),
      event('complete', at + 0.5, { series: `s${at}`, message: 'fine' }),
    ])
    await recordAll(store, events.flat())
  })

const migrate = (folder: string, env: Readonly<Record<string, string>>) =>
  [[paths.bin.cronitor, 'serve', '--migrate-from', `sqlite:${folder}`], { env }] as const

test.each(['event', 'change'])(
  'a copy that is killed by SIGKILL while it writes the table %s is continued, and then served',
  async table => {
    const folder = await filled()
    const url = await emptySchema()
    await targetDatabase(url)
    const { query } = await connectionTo(url)
    const command = migrate(folder, { CRONITOR_DATABASE: url })
    await query('BEGIN')
    await query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`)
    const killed = start(...command)
    for (let waits = false; !waits; await sleep(20)) {
      const [found] = await query<{ readonly waits: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = '${table}'::regclass AND NOT granted) AS waits`,
      )
      waits = found?.waits === true
    }
    killed.signalGroup('SIGKILL')
    expect(await killed.exited).toMatchObject({ signal: 'SIGKILL' })
    const early = await run([paths.bin.cronitor, 'serve', '--port', '0'], { env: command[1].env })
    expect({ status: early.status, stderr: String(early.stderr) }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^cronitor: .*run --migrate-from to its end\n$/),
    })
    await query('ROLLBACK')
    const { status, stdout, stderr } = await run(...command)
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    expect(String(stdout)).toMatch(
      new RegExp(
        `^Copied ${folder} to the database and verified it in .*: 2 monitors, ${RUNS} runs, ${2 * RUNS} events, 1 changes of health\n$`,
      ),
    )
    const server = await serve(['--database', url, '--quiet'])
    const answer = await fetch(`${server.url}/api/runs?limit=1`)
    expect(await answer.json()).toMatchObject({ runs: [{ id: RUNS, state: 'complete', message: 'fine' }] })
  },
)

test('a wrong source or no database is one line and status 2 or 1', async () => {
  const url = await emptySchema()
  const cases = [
    [['serve', '--migrate-from', 'sqlite:/none'], {}, 2, '--migrate-from needs a database: --database'],
    [
      ['serve', '--migrate-from', '/none'],
      { CRONITOR_DATABASE: url },
      2,
      'expected sqlite: and a data folder',
    ],
    [
      ['serve', '--migrate-from', 'sqlite:/none'],
      { CRONITOR_DATABASE: url },
      1,
      '/none/cronitor.db does not exist',
    ],
  ] as const
  for (const [words, env, status, text] of cases) {
    const ended = await run([paths.bin.cronitor, ...words], { env })
    expect({ text: String(ended.stderr), status: ended.status }).toEqual({
      text: expect.stringContaining(text),
      status,
    })
    expect(String(ended.stderr)).not.toMatch(/\n {4}at /)
  }
})
