// What a run costs: start (to the job's first instruction), whole (to the wrapper's end), processor time and memory, as ratios
// to a bare Node.js that starts the same job and does nothing else.
//
//   node bench/overhead.mjs [--node FILE]... [--only PART,...] [--rows ROW,...] [--rounds N] [--against CLONE] [--peers FOLDER]
//                           [--mib N] [--herd N] [--realtime] [--publish]
//
// For a quick look while something is changed, in about a minute:
//
//   node bench/overhead.mjs --only https --rows floor,npm,executable,runitor --rounds 15 --against ../another-clone
//
// The builds are those of `npm run build` and `npm run build:executable`. --against compares them with another clone's, by
// turns. Each --node, the program itself and no script that starts it, gets sections of its own. --realtime puts what is
// measured before all other programs of the host. --publish writes to RESULTS.md and results.json.
import { realpathSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { control } from './control-jobs.mjs'
import { hanging } from './hanging.mjs'
import { herd } from './herd.mjs'
import { longer } from './long-jobs.mjs'
import { memory } from './memory.mjs'
import { enterPrivateNetwork } from './private-network.mjs'
import { makeJob, makeUserFolder, startApi, startRunner } from './programs.mjs'
import { publish, surroundings } from './results.mjs'
import { installPrograms, ROW_NAMES } from './rows.mjs'
import { far, https } from './short-jobs.mjs'
import { throughput } from './throughput.mjs'

const PARTS = { https, far, longer, hanging, memory, throughput, herd, control }

const { values: options } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [process.env.CRONITOR_NODE ?? process.execPath] },
    only: { type: 'string', default: Object.keys(PARTS).join() },
    rows: { type: 'string', default: ROW_NAMES.join() },
    rounds: { type: 'string', default: '21' },
    against: { type: 'string' },
    peers: { type: 'string' },
    mib: { type: 'string', default: '4096' },
    herd: { type: 'string', default: '200' },
    realtime: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
  },
})
const number = (name, max) => {
  const value = Number(options[name])
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new Error(`--${name}: 1 to ${max}`)
}
const listed = (name, known) => {
  const names = options[name].split(',')
  const wrong = names.find(one => !known.includes(one))
  if (wrong !== undefined) throw new Error(`--${name}: ${wrong} is none of ${known.join(', ')}`)
  return names
}
const wanted = listed('only', Object.keys(PARTS))
const names = listed('rows', ROW_NAMES)
const rounds = number('rounds', 1000)
const sizes = { rounds, few: Math.min(rounds, 5), mib: number('mib', 65_536), count: number('herd', 1000) }
const nodes = options.node.map(file => realpathSync(file))
if (options.against !== undefined) realpathSync(options.against)
const MANY = ['memory', 'herd']
if (options.realtime && wanted.some(name => MANY.includes(name)))
  throw new Error(
    `--realtime: not for ${MANY.join(' and ')}, which would leave the host no time for anything else`,
  )

enterPrivateNetwork()
makeUserFolder('home')
for (const [index, node] of nodes.entries()) {
  const job = makeJob()
  const api = await startApi(options.realtime)
  const { run, startMany, end } = startRunner(job, options.realtime)
  try {
    const find = installPrograms({
      node,
      against: options.against,
      peers: options.peers,
      place: `node-${index}`,
    })
    for (const name of wanted) {
      const found = await PARTS[name]({ api, run, startMany, job, find, names, ...sizes })
      const where = surroundings(node)
      const major = /Node\.js v(\d+)/.exec(where)?.[1]
      const lines = [`## Node.js ${major}: ${found.title}`, '', `${where}.`, '', ...found.lines, '']
      if (options.publish) publish(`${name}, ${major}`, lines, { where, ...found.figures })
      else process.stdout.write(`${lines.join('\n')}\n`)
    }
  } finally {
    end()
    api.end()
  }
}
