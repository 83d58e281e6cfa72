// What is measured with each row: a job that ends at once, with the API beside the wrapper or far away.
import { againstOther, compared, floorOf, inTurn, runsOf } from './ratios.mjs'

export async function https({ api, run, job, find, names, rounds }) {
  const { rows, missing } = find(names)
  const found = await measured({ api, run, job, rows, rounds, latency: 0 })
  return {
    title: 'a job that ends at once',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${rounds} pairs. ${floorOf(found.pairs)} ${found.arrivals}${lacking(missing)}`,
      '',
      ...found.lines,
    ],
    figures: found.figures,
  }
}

export async function far({ api, run, job, find, names, rounds }) {
  const lines = []
  const figures = {}
  let lack = ''
  for (const latency of [20, 200]) {
    const { rows, missing } = find(names)
    const found = await measured({
      api,
      run,
      job,
      rows: rows.filter(row => row.events > 0 || row.name === 'floor'),
      rounds,
      latency,
    })
    lines.push(
      `The API ${latency} ms away. ${floorOf(found.pairs)} ${found.arrivals}`,
      '',
      ...found.lines,
      '',
    )
    figures[`${latency} ms`] = found.figures
    lack = lacking(missing)
  }
  return {
    title: 'a job that ends at once, the API far away',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${rounds} pairs.${lack}`,
      '',
      ...lines,
    ],
    figures,
  }
}

const lacking = missing => (missing.length === 0 ? '' : ` Not found here: ${missing.join('; ')}.`)

/** Takes each row in turn with the floor, which comes first. Leaves out rows whose events did not arrive. */
async function measured({ api, run, job, rows, rounds, latency }) {
  const subjects = rows.map(row => ({ ...row, name: row.title, argv: row.argv(job.argv()) }))
  const floor = subjects[rows.findIndex(({ name }) => name === 'floor')]
  if (floor === undefined) throw new Error('--rows needs the floor')
  const others = subjects.map(subject =>
    subject === floor ? { ...floor, name: 'bare Node.js against itself' } : subject,
  )
  await api.move(latency)
  const pairs = await inTurn(run, floor, others, rounds)
  await api.move(0)
  const { pairs: arrived, arrivals } = await onlyArrived(api, pairs, others, runsOf(rounds))
  const { figures, lines } = compared(arrived)
  return { pairs: arrived, arrivals, figures, lines: [...lines, ...againstOther(arrived, rows)] }
}

/** Half of the events of each run are starts, half are ends. */
async function onlyArrived(api, pairs, rows, runs) {
  const counts = await api.counts()
  const arrived = new Map(pairs)
  const wrong = rows.flatMap(({ name, key, events }) => {
    const { starts, ends } = counts[key.slice('row'.length)] ?? { starts: 0, ends: 0 }
    const expected = (events * runs) / 2
    if (starts === expected && ends === expected) return []
    arrived.delete(name)
    return [`${name}: ${starts} starts and ${ends} ends, instead of ${expected} each`]
  })
  return {
    pairs: arrived,
    arrivals:
      wrong.length === 0
        ? 'Every event arrived.'
        : `**Left out, because not every event arrived once:** ${wrong.join('; ')}.`,
  }
}
