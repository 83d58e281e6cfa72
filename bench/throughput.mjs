// How fast the job's output passes, and what memory that takes.
import { arrivals, lacking } from './measure-rows.mjs'
import { cell, inTurn, runsOf, summary, table } from './ratios.mjs'

/** Each run takes seconds. */
const WARM_UP = 1
const ITSELF = 'tee /dev/null against itself'
// The official client first writes all output to a file: 4 GiB take it a minute. sentry-cli and curl pass nothing on
// themselves.
const LEFT_OUT = [
  'floor',
  'bound',
  'official',
  'sentry',
  'curl',
  'chronic',
  'timeout',
  'npm-http',
  'executable-http',
]

export async function throughput({ api, run, job, find, names, mib, few }) {
  const writer = ['/bin/dd', 'if=/dev/zero', 'bs=64k', `count=${mib * 16}`, 'status=none']
  const common = { drain: true, limit: 60 }
  const { rows, missing } = find(names.filter(name => !LEFT_OUT.includes(name)))
  const subjects = rows.map(row => ({ ...row, ...common, name: row.title, argv: row.argv(writer) }))
  const [floor] = find(['floor']).rows
  const tee = {
    name: ITSELF,
    argv: ['/bin/sh', '-c', `${writer.join(' ')} | tee /dev/null`],
    env: floor.env,
    ...common,
  }
  const pairs = await inTurn(run, tee, [tee, ...subjects], few, { warmUp: WARM_UP })
  const bare = []
  for (let round = 0; round < few; round++)
    bare.push((await run({ ...floor, argv: floor.argv(job.argv()) })).rss)
  const rssOfFloor = summary(bare).median
  const { wrong, text } = await arrivals(api, subjects, runsOf(few, WARM_UP))
  for (const { name } of wrong) pairs.delete(name)

  const figures = {}
  for (const [name, all] of pairs) {
    const speed = summary(all.map(({ subject, floor }) => floor.whole / subject.whole))
    const rss = summary(all.map(({ subject }) => subject.rss / rssOfFloor))
    figures[name] = name === ITSELF ? { speed } : { speed, rss }
  }
  const speed = summary(pairs.get(ITSELF).map(({ floor }) => mib / 1024 / (floor.whole / 1000))).median
  return {
    title: `throughput of ${mib / 1024} GiB`,
    lines: [
      `\`dd | tee /dev/null | cat\` against the wrapper around the same \`dd\`, read by the same \`cat\`, the wrapper's start and end with it: medians (quartiles) of ${few} pairs; more is faster. \`tee\` passes ${speed.toFixed(2)} GiB/s. Peak RSS is in ratio to bare Node.js with a job that writes nothing. ${text}${lacking(missing)}`,
      '',
      ...table(
        ['', 'throughput', 'peak RSS'],
        Object.entries(figures).map(([name, of]) => [name, cell(of.speed), of.rss ? cell(of.rss) : '']),
      ),
    ],
    figures,
  }
}
