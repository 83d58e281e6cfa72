/**
 * Many runs want one lock, while processes that hold it are killed. scripts/kill-lock.mjs runs it at full length. KILL_SEED repeats
 * the choices of an earlier run.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kernelProcesses } from '../../../../src/job/lock/kernel-processes.ts'
import { folderOfLocks } from '../../../../src/job/lock/lock-folder.ts'
import { type Ended, paths, start } from '../../../support/run.ts'
import { pickOf, seededRandom, seedFrom } from '../../../support/seeded-random.ts'
import { tempDir } from '../../../support/temp.ts'

const RUNS = Number(process.env.KILL_LOCK_RUNS || 12)
const ROUNDS = Number(process.env.KILL_LOCK_ROUNDS || 2)
const SEED = seedFrom('KILL_SEED')
/** For each run, on a busy machine. */
const RUN_MS = 10_000

/**
 * Takes one of as many places as there are slots: a link with the number of the process that has it. If living processes have all
 * of them, more jobs run than may. With several places, they may change while they are looked at.
 */
const JOB = `
take() {
  for place in $(seq "$SLOTS"); do
    ln -s $$ "$PLACES/$place" 2>/dev/null && return
    case $(cat "/proc/$(readlink "$PLACES/$place")/stat" 2>/dev/null) in
      '' | *') Z '*) ln -sfn $$ "$PLACES/$place"; return ;;
    esac
  done
  return 1
}
take || { [ "$SLOTS" -gt 1 ] && { take || take; }; } || { echo $$ >> "$PLACES/violations"; exit 9; }
sleep "0.0$1"
echo $$ >> "$PLACES/done"
rm -f "$PLACES/$place"
`

interface Round {
  readonly violations: string
  readonly done: number
  readonly killed: number
  readonly ends: readonly Ended[]
  readonly left: readonly string[]
}

async function contend(slots: number, random: () => number): Promise<Round> {
  const dir = tempDir('contention')
  const places = join(dir, 'places')
  mkdirSync(places)
  for (const name of ['violations', 'done']) writeFileSync(join(places, name), '')
  const locks = join(dir, 'locks')
  mkdirSync(locks, { mode: 0o700 })
  const flags = ['--quiet', '--lock', '--lock-slots', String(slots), '--lock-wait', '1h', '--lock-dir', locks]
  const runs = Array.from({ length: RUNS }, () => {
    const job = ['sh', '-c', JOB, 'sh', String(10 + Math.floor(random() * 89))]
    return start([paths.bin.exec, ...flags, 'contended', ...job], {
      env: { PLACES: places, SLOTS: String(slots) },
      timeoutMs: RUNS * RUN_MS,
    })
  })
  const folder = folderOfLocks(locks, kernelProcesses())
  let killed = 0
  let isOver = false
  const kill = (kind: 'try' | 'job'): void => {
    const names = folder.names().filter(name => name.endsWith('.held'))
    const name = names[Math.floor(random() * names.length)]
    const record = name && folder.read(name.replace(/held$/, kind))
    if (!record || folder.stateOf(name, record) !== 'alive') return
    try {
      process.kill(record.pid, 'SIGKILL')
      killed += 1
    } catch {
      // It has ended meanwhile.
    }
  }
  const killing = (async () => {
    while (!isOver) {
      const victim = pickOf(random, { try: 0.3, job: 0.1, both: 0.1, none: 0.5 })
      if (victim === 'try' || victim === 'both') kill('try')
      if (victim === 'job' || victim === 'both') kill('job')
      await new Promise(resolve => setTimeout(resolve, 20 + random() * 60))
    }
  })()
  const ends = await Promise.all(runs.map(({ exited }) => exited))
  isOver = true
  await killing
  await Promise.all(runs.map(({ done }) => done))
  // The next run removes what killed ones have left.
  const last = start([paths.bin.exec, ...flags, 'contended', 'true'], { timeoutMs: RUNS * RUN_MS })
  await last.done
  const read = (name: string): string => readFileSync(join(places, name), 'utf8')
  return {
    violations: read('violations'),
    done: read('done').split('\n').length - 1,
    killed,
    ends,
    left: folder.names(),
  }
}

const isLinux = existsSync('/proc/self/stat')

test.skipIf(!isLinux).each([1, 3])(
  'with %i slots, never more jobs run at once, and each run that is not killed has its turn',
  async slots => {
    const random = seededRandom(SEED + slots)
    for (let round = 0; round < ROUNDS; round += 1) {
      const { violations, done, killed, ends, left } = await contend(slots, random)
      const killedWrappers = ends.filter(({ signal }) => signal === 'SIGKILL').length
      const hint = `KILL_SEED=${SEED}, round ${round}`
      expect(violations, hint).toBe('')
      // A wrapper dies of the signal that has killed its job.
      expect(
        ends.filter(({ status, signal }) => status !== 0 && signal !== 'SIGKILL'),
        hint,
      ).toEqual([])
      expect(ends.length).toBe(RUNS)
      expect(done, hint).toBeGreaterThanOrEqual(RUNS - killedWrappers)
      expect(left, hint).toEqual([])
      if (process.env.KILL_REPORT) {
        const figures = { seed: SEED, slots, round, runs: RUNS, killed, done }
        appendFileSync(process.env.KILL_REPORT, `${JSON.stringify(figures)}\n`)
      }
    }
  },
  2 * RUNS * ROUNDS * RUN_MS,
)
