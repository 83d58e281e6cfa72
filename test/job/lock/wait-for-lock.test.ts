import { expect, test } from 'vitest'
import { seededRandom } from '../../support/seeded-random.ts'
import { mixRuns } from './interleaved-runs.ts'

const SEEDS = 300

test.each([
  [1, 3],
  [1, 5],
  [2, 4],
])(
  'with %i slots and %i runs, never more hold the lock, in whatever order their steps happen',
  async (slots, runs) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const seen = await mixRuns({ runs, slots, waitMs: 1e9, killProbability: 0.003 }, seededRandom(seed))
      expect(seen.mostHolders, `seed ${seed}`).toBeLessThanOrEqual(slots)
      expect(seen.busy).toBe(0)
      // Each run that was not killed has had the lock.
      expect(seen.held).toBeGreaterThanOrEqual(runs - seen.killed)
    }
  },
)
