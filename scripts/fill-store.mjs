// Fills a database with events, through the code of the store; for screenshots and benchmarks.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { purePg } from './pure-pg.mjs'

const project = fileURLToPath(new URL('..', import.meta.url))

/** Bundles the store from src/, and imports it. */
export async function storeFunctions() {
  const { outputFiles } = await build({
    absWorkingDir: project,
    stdin: {
      contents: "export { openStoreInThread } from './src/server/store/open-store.ts'",
      resolveDir: '.',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['libsql'],
    plugins: [purePg],
  })
  // The file must be beside node_modules, so that Node.js finds libsql.
  const file = `${project}fill-store-${process.pid}.mjs`
  writeFileSync(file, outputFiles[0].contents)
  try {
    return await import(pathToFileURL(file).href)
  } finally {
    rmSync(file)
  }
}

/**
 * `events` are oldest first. Expectations count from `expectedSince`; monitors that are overdue at `lateAt` become late.
 * Both are in milliseconds since 1970. Resolves with the number of events.
 *
 * @param {string} dataDir
 * @param {{ events: Iterable<any>, expected?: { monitorKey: string, rule: object }[], expectedSince?: number, lateAt?: number }} content
 */
export async function fillStore(dataDir, { events, expected = [], expectedSince = Date.now(), lateAt }) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const { openStoreInThread } = await storeFunctions()
  const store = await openStoreInThread(`${dataDir}/cronitor.db`, () => expectedSince)
  if (expected.length > 0) await store.expect(expected)
  let count = 0
  /** @type {any[]} */
  let group = []
  const commit = async () => {
    await Promise.all(group.map(event => store.record(event)))
    count += group.length
    group = []
  }
  let isJudged = lateAt === undefined
  const judge = async () => {
    await commit()
    await store.judgeHealth(lateAt ?? 0)
    isJudged = true
  }
  for (const event of events) {
    if (!isJudged && event.receivedAt > (lateAt ?? 0)) await judge()
    group.push(event)
    if (group.length === 20_000) await commit()
  }
  await commit()
  if (!isJudged) await judge()
  await store.close()
  return count
}
