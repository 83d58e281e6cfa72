// Job control, beside the chain of programs that it replaces in a crontab: `flock -n … timeout … chronic …`.
import { lacking, measureRows } from './measure-rows.mjs'

const OWN = ['npm', 'executable']
const OPTIONS = ['--lock', '--timeout', '10m', '--quiet-success']

export async function control(bench) {
  const { rows, missing } = bench.find(
    ['floor', ...OWN, 'flock', 'timeout', 'chronic'].filter(isWanted(bench)),
  )
  // Found once more, so that they have keys of their own.
  const controlled = bench.find(OWN.filter(isWanted(bench))).rows.map(withControl)
  const { text, lines, figures } = await measureRows(bench, {
    rows: [...rows, ...controlled],
    rounds: bench.rounds,
  })
  return {
    title: 'job control, a job that ends at once',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${bench.rounds} pairs. ${text}${lacking(missing)}`,
      '',
      ...lines,
    ],
    figures,
  }
}

function isWanted({ names }) {
  return name => names.includes(name)
}

function withControl(row) {
  return {
    ...row,
    title: `${row.title} with ${OPTIONS.filter(word => word.startsWith('--')).join(', ')}`,
    argv: job => row.argv(job, { options: OPTIONS }),
  }
}
