// Runs rows of rows.mjs by turns with bare Node.js, and leaves out those whose events did not arrive.
import { againstOther, compared, floorOf, inTurn, runsOf } from './ratios.mjs'

export const BARE_AGAIN = 'bare Node.js against itself'

/**
 * Ratios to bare Node.js that starts the same job, with the API `latency` ms away: a text, the lines of a table, and figures.
 *
 * @param {any} bench
 * @param {{ rows: any[], rounds: number, latency?: number }} what
 */
export async function measureRows({ api, run, job }, { rows, rounds, latency = 0 }) {
  const subjects = rows.map(row => ({ ...row, name: row.title, argv: row.argv(job.argv()) }))
  const floor = subjects.find(({ row }) => row === 'floor')
  if (floor === undefined) throw new Error('--rows: floor is missing, with which the others are compared')
  const others = subjects.map(subject => (subject === floor ? { ...floor, name: BARE_AGAIN } : subject))
  await api.move(latency)
  const pairs = await inTurn(run, floor, others, rounds)
  await api.move(0)
  const { wrong, text } = await arrivals(api, others, runsOf(rounds))
  for (const { name } of wrong) pairs.delete(name)
  const { figures, lines } = compared(pairs)
  return {
    text: `${floorOf(pairs)} ${text}`,
    lines: [...lines, ...againstOther(pairs, others)],
    figures,
  }
}

/** The rows whose events did not arrive, `runs` times half of them as starts and half as ends; and a sentence about it. */
export async function arrivals(api, rows, runs) {
  const counts = await api.counts()
  const wrong = rows
    .map(({ name, key, events }) => ({
      name,
      expected: (events * runs) / 2,
      ...(counts[key] ?? { starts: 0, ends: 0 }),
    }))
    .filter(({ starts, ends, expected }) => starts !== expected || ends !== expected)
  const sentences = wrong.map(
    ({ name, starts, ends, expected }) =>
      `**Left out: ${name}, since ${starts} starts and ${ends} ends arrived, instead of ${expected} each.**`,
  )
  return { wrong, text: wrong.length === 0 ? 'Every event arrived.' : sentences.join(' ') }
}

export const lacking = missing => (missing.length === 0 ? '' : ` Not found here: ${missing.join('; ')}.`)
