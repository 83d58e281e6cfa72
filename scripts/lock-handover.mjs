// Measures how long it takes from the end of a run that holds a lock, and of its job, until the job of a run that waits starts:
// after a usual end, after the wrapper was killed and its job ends later, and with ten runs that wait. Prints medians in
// milliseconds. ROUNDS=30 measures more often; WRAPPER=build/linux-x64/cronitor-exec measures the executable.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = Number(process.env.ROUNDS || 15)
const WRAPPER = fileURLToPath(new URL(`../${process.env.WRAPPER || 'bin/cronitor-exec'}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'handover-'))
const times = join(folder, 'times')

/** @param {string} script @param {string[]} flags */
function start(script, flags = []) {
  const options = ['--quiet', '--lock', '--lock-dir', join(folder, 'locks'), ...flags]
  const child = spawn(WRAPPER, [...options, 'handover', 'sh', '-c', script], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, CRONITOR_NODE: process.execPath },
    stdio: 'ignore',
  })
  const ended = new Promise(resolve => child.on('exit', () => resolve(Date.now())))
  return { child, ended }
}

/** @param {string} word */
const note = word => `echo ${word} $(date +%s%N) >> ${times}`

/** @param {number} ms @returns {Promise<void>} */
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Milliseconds since 1970, by the word. @returns {[string, number][]} */
function noted() {
  const lines = readFileSync(times, 'utf8').trim().split('\n')
  rmSync(times)
  return lines.map(line => {
    const [word = '', nanoseconds] = line.split(' ')
    return [word, Number(nanoseconds) / 1e6]
  })
}

async function handOver(isKilled = false) {
  const first = start(`${note('up')}; sleep 1; ${note('end')}`)
  await pause(300)
  const second = start(note('start'), ['--lock-wait', '1m'])
  await pause(300)
  if (isKilled) first.child.kill('SIGKILL')
  const wrapperEnd = await first.ended
  await second.ended
  const at = Object.fromEntries(noted())
  return at.start - Math.max(wrapperEnd, at.end)
}

/** Each job ends at once, so that the next run in the queue has had little time to notice that it is the next. */
async function queue() {
  const first = start(`sleep 3; ${note('end')}`)
  await pause(500)
  const waiting = Array.from({ length: 10 }, () =>
    start(`${note('start')}; ${note('end')}`, ['--lock-wait', '1m']),
  )
  await Promise.all([first, ...waiting].map(({ ended }) => ended))
  const all = noted()
  return all.flatMap(([word, at], index) => (word === 'start' ? [at - (all[index - 1]?.[1] ?? at)] : []))
}

/** @param {number[]} values */
function median(values) {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN)
}

/** @param {string} name @param {number[]} values */
function print(name, values) {
  process.stdout.write(
    `${name}: median ${median(values)} ms, longest ${Math.round(Math.max(...values))} ms\n`,
  )
}

const usual = []
const killed = []
for (let round = 0; round < ROUNDS; round += 1) {
  usual.push(await handOver())
  killed.push(await handOver(true))
}
print('after a usual end', usual)
print('after the end of a job whose wrapper was killed', killed)
const queued = []
for (let round = 0; round < ROUNDS / 5; round += 1) queued.push(...(await queue()))
print('with ten runs that wait, from end to start of the jobs', queued)
rmSync(folder, { recursive: true })
