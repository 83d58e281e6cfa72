// What waiting wrappers take of the memory: the peak of one, and of many PSS, in which a page that several have counts once.
import { readFileSync } from 'node:fs'
import { bare, startCollector, wrapped } from './laboratory.mjs'
import { BARE_AGAIN, cell, inTurn, ratio, runsOf, table } from './ratios.mjs'
import { sleep, until } from './stage.mjs'

export async function memory({ stage, run, node, herd, few }) {
  const collector = await startCollector(stage, [0, 0])
  const sleeping = ['/bin/sleep', '1']
  const floor = bare(stage, { node, job: sleeping })
  const subject = wrapped(stage, { name: 'wrapper', node, url: collector.urls[0], job: sleeping })
  const pairs = await inTurn(run, floor, [{ ...floor, name: BARE_AGAIN }, subject], few)
  const figures = Object.fromEntries([...pairs].map(([name, all]) => [name, ratio(all, 'rss')]))

  const long = ['/bin/sleep', '300']
  const many = wrapped(stage, { name: 'wrapper', node, url: collector.urls[1], job: long })
  const told = async () => (await collector.counts())[1]
  const pssOfFloor = await meanPss(stage, bare(stage, { node, job: long }), herd, () => sleep(1000))
  const pss = await meanPss(stage, many, herd, async () => {
    for (let tries = 0; (await told()) < herd && tries < 600; tries++) await sleep(100)
    await sleep(1000)
  })
  const arrived = await collector.arrivals(1, [
    { name: 'wrapper', requests: 2 * runsOf(few) },
    { name: 'wrappers alive', requests: 2 * herd },
  ])
  const mib = kib => `${(kib / 1024).toFixed(1)} MiB`
  figures.pss = { wrapper: pss, floor: pssOfFloor, ratio: pss / pssOfFloor, alive: herd }
  return {
    title: 'memory of a wrapper that waits',
    lines: [
      `Around a job that sleeps, in ratios to bare Node.js: medians (quartiles) of ${few} pairs; PSS of one of ${herd} that are alive (mean), once all have reported the start: ${mib(pss)}, of bare Node.js ${mib(pssOfFloor)}. ${arrived}`,
      '',
      ...table(
        ['', 'peak RSS', `PSS, ${herd} alive`],
        [
          [BARE_AGAIN, cell(figures[BARE_AGAIN]), '1.00'],
          ['wrapper', cell(figures.wrapper), figures.pss.ratio.toFixed(2)],
        ],
      ),
    ],
    figures,
  }
}

/** Has `count` of the command alive at once, and gives the mean PSS of one, without its job's, in KiB. */
async function meanPss(stage, { argv, env }, count, isReady) {
  const herd = Array.from({ length: count }, () => stage.start(argv, env, 'ignore'))
  try {
    await until(`${count} jobs run`, 120_000, () => herd.every(({ child }) => hasChild(child.pid)))
    await isReady()
    return herd.reduce((sum, { child }) => sum + pssOf(child.pid), 0) / count
  } finally {
    for (const { child } of herd) {
      // The floor would leave its job behind.
      for (const pid of childrenOf(child.pid)) process.kill(pid, 'SIGTERM')
    }
    await Promise.all(herd.map(({ ended }) => ended))
  }
}

const pssOf = pid =>
  Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1])

// Node.js starts children from its main thread.
const childrenOf = pid => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

const hasChild = pid => childrenOf(pid).length > 0
