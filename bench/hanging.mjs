// Does the job start later if the API accepts connections and never answers?
import { join } from 'node:path'
import { lacking } from './measure-rows.mjs'
import { HANGING_HOST } from './private-network.mjs'
import { makeUserFolder } from './programs.mjs'
import { cell, inTurn, ratio, signTest, table } from './ratios.mjs'

const PAIRS = 60
// It gives up the delivery soon, which is after the start.
const OPTIONS = ['--deliver-within', '200ms']

export async function hanging({ run, job, find, names, rounds }) {
  const count = Math.min(PAIRS, 3 * rounds)
  const { rows, missing } = find(names.filter(name => ['npm', 'executable'].includes(name)))
  const figures = {}
  const cells = []
  for (const { title, key, argv, env } of rows) {
    const subject = (name, more) => ({
      name,
      argv: argv(job.argv(), { options: OPTIONS }),
      env: {
        ...env,
        CRONITOR_NO_COURIER: '1',
        CRONITOR_SPOOL_DIR: makeUserFolder(join('home', key + name)),
        ...more,
      },
    })
    const healthy = subject('healthy', {})
    const hangs = subject('hanging', { CRONITOR_TELEMETRY_URL: `https://${HANGING_HOST}` })
    const pairs = (await inTurn(run, healthy, [hangs], count, { isPairTurned: true })).get('hanging')
    const later = pairs.filter(({ subject, floor }) => subject.start > floor.start).length
    const probability = signTest(later, count)
    figures[title] = { later, pairs: count, probability, start: ratio(pairs, 'start') }
    cells.push([
      title,
      `${later} of ${count}`,
      `${probability < 0.05 ? '**later**' : 'no later'}, p = ${probability.toPrecision(2)}`,
      cell(figures[title].start),
    ])
  }
  return {
    title: 'the start with an API that never answers',
    lines: [
      `Pairs of runs with a healthy and a hanging API; every other pair is turned. One-sided sign test.${lacking(missing)}`,
      '',
      ...table(['', 'started later with the hanging API', 'verdict', 'ratio of the starts'], cells),
    ],
    figures,
  }
}
