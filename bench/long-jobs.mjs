// A job of a second, with the API 200 ms away: the first event should be delivered while the job runs.
import { arrivals, lacking } from './measure-rows.mjs'
import { cell, inTurn, ratio, runsOf, table } from './ratios.mjs'

const LATENCY_MS = 200
const ITSELF = 'the job against itself'

export async function longer({ api, run, job, find, names, few }) {
  const { rows, missing } = find(names.filter(name => name !== 'floor'))
  const reporting = rows.filter(({ events }) => events > 0)
  const argv = job.argv(1000)
  const floor = { name: ITSELF, argv, env: reporting[0].env }
  const subjects = reporting.map(row => ({ ...row, name: row.title, argv: row.argv(argv) }))
  await api.move(LATENCY_MS)
  const pairs = await inTurn(run, floor, [floor, ...subjects], few)
  await api.move(0)
  const { wrong, text } = await arrivals(api, subjects, runsOf(few))
  for (const { name } of wrong) pairs.delete(name)
  const figures = Object.fromEntries(
    [...pairs].map(([name, all]) => [
      name,
      { whole: ratio(all, 'whole'), withRoundTrip: ratio(all, 'whole', LATENCY_MS) },
    ]),
  )
  return {
    title: `a job of 1 s, the API ${LATENCY_MS} ms away`,
    lines: [
      `Whole, as ratios to the job by itself, without Node.js: medians (quartiles) of ${few} pairs. ${text}${lacking(missing)}`,
      '',
      ...table(
        ['', 'whole / the job', 'whole / (the job + one round trip)'],
        Object.entries(figures).map(([name, of]) => [
          name,
          cell(of.whole),
          name === ITSELF ? '' : cell(of.withRoundTrip),
        ]),
      ),
    ],
    figures,
  }
}
