// What a run costs: start (to the job's first instruction), whole (to the wrapper's end), CPU time and memory, as ratios to a
// bare Node.js that starts the same job and does nothing else; throughput; and the same of other wrappers.
//
//   node bench/overhead.mjs [--node FILE]... [--only PART,...] [--rounds N] [--mib N] [--peers FOLDER] [--quick] [--json FILE]
//
// Each --node, the program itself and no script that starts it, gets sections of its own in RESULTS.md, and its figures go to
// results.json. Peers run once, beside the first; FOLDER has a node_modules. --quick shows that all works, and writes nothing.
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeJob, startRunner } from './laboratory.mjs'
import { memory } from './memory.mjs'
import { peers } from './peers.mjs'
import { publish, surroundings } from './results.mjs'
import { NODE, onStage } from './stage.mjs'
import { throughput } from './throughput.mjs'
import { hanging, longer, start } from './times.mjs'

const PARTS = { start, longer, hanging, memory, throughput, peers }

const { values: options } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [NODE] },
    only: { type: 'string', default: Object.keys(PARTS).join() },
    rounds: { type: 'string', default: '41' },
    mib: { type: 'string', default: '4096' },
    peers: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const number = (name, max) => {
  const value = Number(options[name])
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new Error(`--${name}: 1 to ${max}`)
}
const wanted = options.only.split(',')
for (const name of wanted) {
  if (!Object.hasOwn(PARTS, name)) throw new Error(`--only: no part is called ${name}`)
}
const sizes = options.quick
  ? { rounds: 5, few: 3, reads: 3, pairs: 10, mib: 256, herd: 10 }
  : { rounds: number('rounds', 1000), few: 11, reads: 5, pairs: 60, mib: number('mib', 65_536), herd: 50 }
const nodes = options.node.map(file => realpathSync(file))

// A machine of its own but for the loopback: nothing that is measured here can reach any other address.
const isAlone = !Object.keys(networkInterfaces()).some(name => name !== 'lo')
if (!isAlone && spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0) {
  const inside = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
  const again = [process.execPath, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', [...inside, ...again], { stdio: 'inherit' })
  process.exit(status ?? 1)
}

for (const [index, node] of nodes.entries()) {
  for (const name of wanted) {
    if (name === 'peers' && index > 0) continue
    const found = await onStage(async stage => {
      const job = makeJob(stage.folder)
      const run = await startRunner(stage, job)
      return PARTS[name]({ stage, run, job, node, folder: options.peers, isAlone, ...sizes })
    })
    const where = surroundings(node)
    const major = /Node\.js v(\d+)/.exec(where)?.[1]
    const lines = [`## Node.js ${major}: ${found.title}`, '', `${where}.`, '', ...found.lines, '']
    if (options.quick) process.stdout.write(`${lines.join('\n')}\n`)
    else publish(`overhead, ${name}, ${major}`, lines)
    keep(`${name}, ${major}`, { where, ...found.figures })
  }
}

/** In the place of what the same part gave before. */
function keep(name, figures) {
  const file =
    options.json ?? (options.quick ? undefined : fileURLToPath(new URL('results.json', import.meta.url)))
  if (file === undefined) return
  let all = {}
  try {
    all = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The first of all.
  }
  all[name] = figures
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}
