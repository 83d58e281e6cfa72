// How long it takes: a job that ends at once, one of a second, and one whose API does not answer.
import { bare, startCollector, wrapped } from './laboratory.mjs'
import { BARE_AGAIN, cell, compared, floorOf, inTurn, ratio, runsOf, signTest, table } from './ratios.mjs'

export async function start({ stage, run, job, node, rounds }) {
  const kinds = [
    { name: 'wrapper', latency: 0 },
    { name: 'wrapper --no-output', latency: 0, options: ['--no-output'] },
    { name: 'wrapper, the API 50 ms away', latency: 50 },
    { name: 'wrapper, the API 200 ms away', latency: 200 },
  ].map(kind => ({ ...kind, requests: 2 }))
  const collector = await startCollector(
    stage,
    kinds.map(({ latency }) => latency),
  )
  const subjects = kinds.map((kind, index) =>
    wrapped(stage, { ...kind, node, url: collector.urls[index], job: job.argv() }),
  )
  const floor = bare(stage, { node, job: job.argv() })
  const pairs = await inTurn(run, floor, [{ ...floor, name: BARE_AGAIN }, ...subjects], rounds)
  const { figures, lines } = compared(pairs)
  return {
    title: 'a job that ends at once',
    lines: [
      `Ratios to bare Node.js that starts the same job: medians (quartiles) of ${rounds} pairs. ${floorOf(pairs)} ${await collector.arrivals(runsOf(rounds), kinds)}`,
      '',
      ...lines,
    ],
    figures,
  }
}

export async function longer({ stage, run, job, node, few }) {
  const latency = 200
  const collector = await startCollector(stage, [latency])
  const floor = { name: 'the job', env: stage.env(), argv: job.argv(1000) }
  const name = 'wrapper'
  const subject = wrapped(stage, { name, node, url: collector.urls[0], job: job.argv(1000) })
  const itself = 'the job against itself'
  const pairs = await inTurn(run, floor, [{ ...floor, name: itself }, subject], few)
  const figures = {
    [itself]: ratio(pairs.get(itself), 'whole'),
    'wrapper / the job': ratio(pairs.get(name), 'whole'),
    'wrapper / (the job + one round trip)': ratio(pairs.get(name), 'whole', latency),
  }
  return {
    title: `a job of 1 s, the API ${latency} ms away`,
    lines: [
      `Whole, in ratios to the job by itself, without Node.js: medians (quartiles) of ${few} pairs. ${await collector.arrivals(runsOf(few), [{ name, requests: 2 }])}`,
      '',
      ...table(
        ['', 'whole'],
        Object.entries(figures).map(([row, found]) => [row, cell(found)]),
      ),
    ],
    figures,
  }
}

export async function hanging({ stage, run, job, node, pairs: count }) {
  const collector = await startCollector(stage, [0, 'hang'])
  // It gives up on the delivery soon, which is no part of the start.
  const options = ['--deliver-within', '200ms']
  const [healthy, hangs] = collector.urls.map((url, index) =>
    wrapped(stage, { name: ['healthy', 'hanging'][index], node, url, options, job: job.argv() }),
  )
  const pairs = (await inTurn(run, healthy, [hangs], count, true)).get('hanging')
  const later = pairs.filter(({ subject, floor }) => subject.start > floor.start).length
  const figures = { later, pairs: count, probability: signTest(later, count), start: ratio(pairs, 'start') }
  const verdict = figures.probability < 0.05 ? '**later**' : 'no later'
  return {
    title: 'the start with the API hanging against healthy',
    lines: [
      `In ${later} of ${count} pairs, of which every other is turned, the job started later with the API hanging: ${verdict} (sign test, one-sided: p = ${figures.probability.toPrecision(2)}). Ratio of the starts: ${cell(figures.start)}.`,
    ],
    figures,
  }
}
