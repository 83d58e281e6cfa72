import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { textFiles } from './scripts/text-files.mjs'

/** A folder: each run of vitest leaves its results there as JSON, for .ci/run to count. */
const results = process.env.TEST_RESULTS

const setupFiles = ['test/support/plain-environment.ts', 'test/support/only-listed.ts']

/** In Bun (scripts/test-in-bun.mjs), unit tests run on the files of the executable, as scripts/runtime-pairs.mjs builds it. */
const pairsOfBun: Plugin = {
  name: 'pairs-of-bun',
  enforce: 'pre',
  resolveId: (path, importer = '') => {
    if (!/^\.\.?\/.*\.ts$/.test(path)) return undefined
    const other = resolve(importer, '..', path.replace(/\.ts$/, '.bun.ts'))
    return existsSync(other) ? other : undefined
  },
}
/**
 * Short files that take long. vitest begins with the largest file, or with the one that took longest the last time, which
 * may have been as another user or with another program. One that is begun last has a processor for itself.
 */
const LONG =
  /\/(units-in-bun|debian|full-disk|page|shells|side-by-side|cron|every-order|two-years)\.test\.ts$/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

/** The message of a failed test holds the whole values: .ci/run shows nothing else. */
const chaiConfig = { truncateThreshold: 0 }

/** `expect.poll` gives up after a second unless told otherwise: a busy machine may stand still for longer. */
const polling = { poll: { timeout: 60_000 } }

/** As esbuild does in the builds. */
const texts: Plugin = {
  name: 'texts',
  transform: (text, id) => (extname(id) in textFiles ? `export default ${JSON.stringify(text)}` : undefined),
}
const plugins = process.versions.bun === undefined ? [texts] : [texts, pairsOfBun]

export default defineConfig({
  test: {
    reporters: results
      ? ['default', ['json', { outputFile: join(results, `${process.pid}.json`) }]]
      : ['default'],
    // For TEST_ONLY.
    includeTaskLocation: true,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        plugins,
        test: {
          name: 'unit',
          chaiConfig,
          expect: polling,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup: [
            'test/support/build-first.ts',
            'test/support/remove-temp-dirs.ts',
            'test/support/one-postgres.ts',
          ],
          setupFiles: [...setupFiles, 'test/support/unit-environment.ts'],
          sequence: { groupOrder: 0 },
          // vitest's default leaves one processor free.
          maxWorkers: availableParallelism(),
          // They take milliseconds; the limit is for a machine that has little time for them.
          testTimeout: 120_000,
          // Also for onTestFinished(); without it, 10 seconds.
          hookTimeout: 120_000,
        },
      },
      {
        plugins,
        test: {
          // What both stores must do, once more on PostgreSQL.
          name: 'postgres',
          chaiConfig,
          expect: polling,
          include: ['test/server/store/*.test.ts'],
          globalSetup: ['test/support/remove-temp-dirs.ts', 'test/support/one-postgres.ts'],
          setupFiles: [...setupFiles, 'test/support/unit-environment.ts', 'test/support/needs-postgres.ts'],
          env: { TEST_STORE: 'postgres' },
          sequence: { groupOrder: 0 },
          maxWorkers: availableParallelism(),
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [texts],
        test: {
          name: 'e2e',
          chaiConfig,
          expect: polling,
          include: ['test/e2e/**/*.test.ts'],
          setupFiles,
          globalSetup: [
            'test/support/build-first.ts',
            'test/support/remove-temp-dirs.ts',
            'test/support/one-postgres.ts',
            'test/support/search-captured.ts',
            'test/support/report-checked-traffic.ts',
          ],
          // Most of their time goes by waiting for other processes.
          maxWorkers: 3,
          // vitest takes projects with different numbers of workers together only one after the other.
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
