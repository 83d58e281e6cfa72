// What many waiting wrappers take of the memory: PSS, in which a page that several processes share counts once.
import { readdirSync, readFileSync } from 'node:fs'
import { lacking } from './measure-rows.mjs'
import { startAsUser } from './programs.mjs'
import { table } from './ratios.mjs'
import { sleep, until } from './workspace.mjs'

const ALIVE = 50
const JOB = ['/bin/sleep', '300']

export async function memory({ api, find, names }) {
  const { rows, missing } = find(names)
  const figures = {}
  let floor = 0
  for (const { row, title, key, events, argv, env } of rows) {
    const pss = await meanPss(argv(JOB), env, async () => {
      for (let tries = 0; events > 0 && tries < 600; tries++) {
        if ((await api.counts())[key]?.starts === ALIVE) break
        await sleep(100)
      }
      await sleep(1000)
    })
    const arrived = (await api.counts())[key]?.starts ?? 0
    if (row === 'floor') floor = pss
    if (events === 0 || arrived === ALIVE) figures[title] = { pss, ratio: pss / floor, alive: ALIVE }
    else missing.push(`the events of ${title}`)
  }
  return {
    title: 'memory of wrappers that wait',
    lines: [
      `Around a job that sleeps, ${ALIVE} of each alive, once all have reported the start: mean PSS of one with all processes that it needs, without the job's.${lacking(missing)}`,
      '',
      ...table(
        ['', 'PSS, MiB', 'ratio to bare Node.js'],
        Object.entries(figures).map(([name, { pss, ratio }]) => [
          name,
          (pss / 1024).toFixed(1),
          ratio.toFixed(2),
        ]),
      ),
    ],
    figures,
  }
}

/** In KiB. */
async function meanPss(argv, env, isReady) {
  const wrappers = Array.from({ length: ALIVE }, () => startAsUser(argv, env))
  const trees = () => wrappers.map(({ child }) => treeOf(child.pid))
  const isJob = pid => commandOf(pid) === JOB.join(' ')
  try {
    await until(`${ALIVE} jobs run`, 120_000, () => trees().every(tree => tree.some(isJob)))
    await isReady()
    const needed = trees()
      .flat()
      .filter(pid => !isJob(pid))
    return needed.reduce((sum, pid) => sum + pssOf(pid), 0) / ALIVE
  } finally {
    // The end of the job ends the wrapper.
    for (const pid of trees().flat().filter(isJob)) process.kill(pid, 'SIGTERM')
    await Promise.all(wrappers.map(({ ended }) => ended))
  }
}

const textOf = file => {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

const pssOf = pid => Number(/^Pss: +(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
const commandOf = pid => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
// Any thread may be the parent.
const childrenOf = pid =>
  threadsOf(pid).flatMap(thread =>
    textOf(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
const treeOf = pid => [pid, ...childrenOf(pid).flatMap(treeOf)]

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}
