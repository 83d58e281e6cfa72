// A herd: many jobs in the same second, as with hundreds of crontab lines at `0 * * * *`. Wrappers compete for the processors
// with the jobs that have not started yet.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { lacking } from './measure-rows.mjs'
import { cronEnv, makeUserFolder } from './programs.mjs'
import { cell, quantile, summary, table } from './ratios.mjs'
import { seconds, sleep } from './workspace.mjs'

const ROUNDS = 3
/** How long events may take after the last wrapper has left: the courier delivers what the wrappers left behind. */
const DELIVERY_MS = 60_000

export async function herd({ api, startMany, job, find, names, count }) {
  const known = find(names)
  // All of its herd want the same lock, and all but one would end at once.
  const rows = known.rows.filter(({ row }) => row !== 'flock')
  const { missing } = known
  const found = new Map(rows.map(({ title }) => [title, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const row of rows) found.get(row.title).push(await one({ api, startMany, job, row, count, round }))

  const floors = found.get(rows.find(({ row }) => row === 'floor')?.title)
  if (floors === undefined) throw new Error('--rows: floor is missing, with which the others are compared')
  const figures = {}
  const lines = []
  for (const [name, herds] of found) {
    const median = of => quantile(herds.map(of), 0.5)
    const isWhole = herds.every(({ lost }) => lost === 0)
    figures[name] = {
      lastStart: median(({ lastStart }) => lastStart),
      ratio: summary(herds.map(({ lastStart }, round) => lastStart / floors[round].lastStart)),
      ...(isWhole && { lastEvent: median(({ lastEvent }) => lastEvent) }),
      left: median(({ left }) => left),
      lost: herds.map(({ lost }) => lost),
      twice: herds.map(({ twice }) => twice),
    }
    const { lastStart, ratio, lastEvent, left, lost, twice } = figures[name]
    const repeated = Math.max(...twice) > 0 ? ` (${twice.join(', ')} events came twice)` : ''
    const event =
      lastEvent === undefined ? `${lost.join(', ')} events did not arrive` : seconds(lastEvent) + repeated
    lines.push([name, seconds(lastStart), cell(ratio), lastEvent === 0 ? '' : event, seconds(left)])
  }
  return {
    title: `a herd of ${count}`,
    lines: [
      `${count} jobs that end at once, started in the same second: medians of ${ROUNDS} herds of each, by turns.${lacking(missing)}`,
      '',
      ...table(
        ['', 'last job started', 'ratio to bare Node.js', 'last event arrived', 'last wrapper left'],
        lines,
      ),
    ],
    figures,
  }
}

/**
 * Times are milliseconds since the herd began; `lost` counts the events that did not arrive, `twice` those that arrived
 * again: if the client gave up waiting for the answer.
 */
async function one({ api, startMany, job, row, count, round }) {
  const key = `${row.key}-${round}`
  const folder = makeUserFolder('herd')
  const argv = row.argv(job.argvFor(`${folder}/`), { as: key })
  const { begun, starts, whole, said } = await startMany({
    name: row.title,
    argv,
    env: row.env,
    count,
    stamp: folder,
  })
  rmSync(folder, { recursive: true })
  if (starts.length !== count) throw new Error(`${row.title}: ${starts.length} of ${count} jobs ran`)

  const expected = row.events * count
  const arrived = ({ starts, ends }) => starts + ends
  let events = { starts: 0, ends: 0, last: begun }
  for (let waited = 0; waited < DELIVERY_MS; waited += 100) {
    events = (await api.counts())[key] ?? events
    if (arrived(events) >= expected) break
    await sleep(100)
  }
  const lost = Math.max(0, expected - arrived(events))
  if (lost > 0) tellWhy({ row, lost, said })
  return {
    lastStart: Math.max(...starts),
    lastEvent: events.last - begun,
    left: whole,
    lost,
    twice: Math.max(0, arrived(events) - expected),
  }
}

/** What the wrappers said, and what lies in the user's spool: an event there is late, and not lost. */
function tellWhy({ row, lost, said }) {
  const spool = join(cronEnv().HOME, '.local/state/cronitor')
  const files = readdirSync(spool, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
  const lines = [
    `${row.title}: ${lost} events are missing. Said: ${said || 'nothing'}. In ${spool}:`,
    ...files,
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}
