// A job that ends at once: the worst case, in which nothing is hidden behind the job.
import { lacking, measureRows } from './measure-rows.mjs'

export async function https(bench) {
  const { rows, missing } = bench.find(bench.names)
  const { text, lines, figures } = await measureRows(bench, { rows, rounds: bench.rounds })
  return {
    title: 'a job that ends at once',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${bench.rounds} pairs. ${text}${lacking(missing)}`,
      '',
      ...lines,
    ],
    figures,
  }
}

/** Which wrappers let the job wait for the network? */
export async function far(bench) {
  const { rounds } = bench
  const sections = []
  const figures = {}
  let missing = []
  for (const latency of [20, 200]) {
    const found = bench.find(bench.names)
    missing = found.missing
    const rows = found.rows.filter(({ row, events }) => row === 'floor' || events > 0)
    const measured = await measureRows(bench, { rows, rounds, latency })
    sections.push('', `The API ${latency} ms away. ${measured.text}`, '', ...measured.lines)
    figures[`${latency} ms`] = measured.figures
  }
  return {
    title: 'a job that ends at once, the API far away',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${rounds} pairs.${lacking(missing)}`,
      ...sections,
    ],
    figures,
  }
}
