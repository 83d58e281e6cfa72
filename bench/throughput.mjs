// How fast the job's output passes, and what memory that takes.
import { bare, startCollector, wrapped } from './laboratory.mjs'
import { cell, inTurn, runsOf, summary, table } from './ratios.mjs'

export async function throughput({ stage, run, job, node, mib, reads }) {
  const collector = await startCollector(stage, [0, 0])
  const writer = ['/bin/dd', 'if=/dev/zero', 'bs=64k', `count=${mib * 16}`, 'status=none']
  const common = { drain: true, limit: 300 }
  const names = ['wrapper', 'wrapper --no-output']
  const tee = { argv: ['/bin/sh', '-c', `${writer.join(' ')} | tee /dev/null`], env: stage.env(), ...common }
  const subjects = names.map((name, index) => ({
    ...wrapped(stage, {
      name,
      node,
      url: collector.urls[index],
      options: index === 0 ? [] : ['--no-output'],
      job: writer,
    }),
    ...common,
  }))
  const itself = 'tee /dev/null against itself'
  const pairs = await inTurn(run, tee, [{ ...tee, name: itself }, ...subjects], reads)
  const bares = []
  for (let round = 0; round < reads; round++)
    bares.push((await run(bare(stage, { node, job: job.argv() }))).rss)
  const rssOfFloor = summary(bares).median

  const figures = {}
  for (const [name, all] of pairs) {
    const speeds = summary(all.map(({ subject, floor }) => floor.whole / subject.whole))
    const rss = summary(all.map(({ subject }) => subject.rss / rssOfFloor))
    figures[name] = name === itself ? { speed: speeds } : { speed: speeds, rss }
  }
  const speed = summary(pairs.get(itself).map(({ floor }) => mib / 1024 / (floor.whole / 1000))).median
  return {
    title: `throughput of ${mib / 1024} GiB`,
    lines: [
      `\`dd | tee /dev/null | cat\` against the wrapper around the same \`dd\`, read by the same \`cat\`, the wrapper's start and end with it: medians (quartiles) of ${reads} pairs; more is faster. \`tee\` passes ${speed.toFixed(2)} GiB/s. Peak RSS is in ratio to bare Node.js with a job that writes nothing. ${await collector.arrivals(
        runsOf(reads),
        names.map(name => ({ name, requests: 2 })),
      )}`,
      '',
      ...table(
        ['', 'throughput', 'peak RSS'],
        Object.entries(figures).map(([name, of]) => [name, cell(of.speed), of.rss ? cell(of.rss) : '']),
      ),
    ],
    figures,
  }
}
