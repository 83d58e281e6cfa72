// From times to ratios: two commands taken in turn, medians and quartiles, tables.
// The first runs save compiled code and what the launcher found out about Node.js.
const WARM_UP = 3

/** How often each subject is run for that many rounds. */
export const runsOf = (rounds, warmUp = WARM_UP) => rounds + warmUp

/**
 * Runs each subject right after the floor, round by round, since a time on a shared machine means nothing by itself.
 * Gives `{ floor, subject }` of each round, by the subject's name. The first rounds fill the caches and are left out.
 */
export async function inTurn(run, floor, subjects, rounds, { isPairTurned = false, warmUp = WARM_UP } = {}) {
  const pairs = new Map(subjects.map(({ name }) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const subject of subjects) {
      const pair = {}
      // What runs second may find the caches warmer: a test of signs would see that, unless the order changes.
      if (isPairTurned && round % 2 === 0) pair.subject = await run(subject)
      pair.floor = await run(floor)
      pair.subject ??= await run(subject)
      if (round >= 0) pairs.get(subject.name).push(pair)
    }
  }
  return pairs
}

export function quantile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]
}

export function summary(values) {
  return {
    median: quantile(values, 0.5),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
    count: values.length,
  }
}

/** The ratio of one figure, in each round; `more` is added to the floor. */
export function ratio(pairs, what, more = 0) {
  return summary(pairs.map(({ subject, floor }) => subject[what] / (floor[what] + more)))
}

export const cell = ({ median, lower, upper }) =>
  `${median.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)})`

export function table(columns, rows) {
  return [columns, columns.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
}

/**
 * How probable it is that in `count` or more of `total` pairs the one is behind the other by chance alone, were both the
 * same (the binomial distribution; one-sided).
 */
export function signTest(count, total) {
  let probability = 0
  let logChoose = 0 // of `total` over 0, as a logarithm
  for (let k = 0; k <= total; k++) {
    if (k >= count) probability += Math.exp(logChoose - total * Math.LN2)
    logChoose += Math.log(total - k) - Math.log(k + 1)
  }
  return Math.min(1, probability)
}

const FIGURES = ['start', 'whole', 'cpu', 'rss']

/** Ratios of all figures for each subject, as rows of a table and for the JSON. */
export function compared(pairs) {
  const figures = {}
  for (const [name, all] of pairs) {
    figures[name] = Object.fromEntries(FIGURES.map(what => [what, ratio(all, what)]))
  }
  const rows = Object.entries(figures).map(([name, of]) => [name, ...FIGURES.map(what => cell(of[what]))])
  return { figures, lines: table(['', 'start', 'whole', 'cpu', 'peak RSS'], rows) }
}

/** The floor's own times, so that the ratios can be turned into milliseconds. */
export function floorOf(pairs) {
  const all = [...pairs.values()].flat()
  const of = what => summary(all.map(({ floor }) => floor[what])).median
  return `The floor, in the median: start ${of('start').toFixed(1)} ms, whole ${of('whole').toFixed(1)} ms, cpu ${of('cpu').toFixed(1)} ms, peak RSS ${(of('rss') / 1024).toFixed(1)} MiB.`
}

/** This build against another clone's: ratios of the runs of the same round. */
export function againstOther(pairs, rows) {
  const lines = []
  for (const row of rows) {
    const other = rows.find(other => other.row.startsWith(`${row.row} `))
    const [mine, others] = [pairs.get(row.name), pairs.get(other?.name)]
    if (mine === undefined || others === undefined) continue
    const both = mine.map(({ subject }, round) => ({ subject, floor: others[round].subject }))
    lines.push([`${row.name} / ${other.name}`, ...FIGURES.map(what => cell(ratio(both, what)))])
  }
  return lines.length === 0 ? [] : ['', ...table(['this build / the other', ...FIGURES], lines)]
}
