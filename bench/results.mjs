// What the benches found, in RESULTS.md: each has a section of its own, which the next run of that bench replaces.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

const FILE = new URL('RESULTS.md', import.meta.url)
const HEAD = `# What the benches found

Each section is written by its bench, and says when and where. Times of a shared machine mean little by themselves: read the ratios.
`

/** What others did on the machine when this bench began. */
const load = loadavg()[0]

/** The machine and the programs, in a line. `node` is the Node.js that ran what was measured. */
export function surroundings(node = process.execPath) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const cores = cpus()
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, Node.js ${version}, Linux ${release()}, ${cores.length} × ${cores[0]?.model ?? 'CPU'}, ${memory}, load ${load.toFixed(1)} at the start`
}

/**
 * Prints the section, and puts it in the place of the one of that name in RESULTS.md, or at its end; and its figures, if
 * there are any, into results.json.
 *
 * @param {string} name
 * @param {string[]} lines
 * @param {unknown} [figures]
 */
export function publish(name, lines, figures) {
  if (figures !== undefined) keep(name, figures)
  const section = `<!-- ${name} -->\n${lines.join('\n')}\n<!-- end of ${name} -->\n`
  process.stdout.write(`${lines.join('\n')}\n`)
  let text = HEAD
  try {
    text = readFileSync(FILE, 'utf8')
  } catch {
    // The first result of all.
  }
  const from = text.indexOf(`<!-- ${name} -->\n`)
  const end = `<!-- end of ${name} -->\n`
  const to = text.indexOf(end)
  const isThere = from >= 0 && to > from
  writeFileSync(
    FILE,
    isThere ? text.slice(0, from) + section + text.slice(to + end.length) : `${text}\n${section}`,
  )
}

function keep(name, figures) {
  const file = new URL('results.json', import.meta.url)
  let all = {}
  try {
    all = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The first result of all.
  }
  all[name] = figures
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}
